using Amazon.Runtime.Documents;

namespace Amazon.BedrockRuntime.Model;

public class ToolConfiguration
{
    public ToolChoice? ToolChoice { get; set; }

    public List<Tool>? Tools { get; set; }
}

public class ToolChoice
{
    public AnyToolChoice? Any { get; set; }

    public AutoToolChoice? Auto { get; set; }

    public SpecificToolChoice? Tool { get; set; }
}

public class AnyToolChoice;

public class AutoToolChoice;

public class SpecificToolChoice
{
    public string? Name { get; set; }
}

public class Tool
{
    public ToolSpecification? ToolSpec { get; set; }
}

public class ToolSpecification
{
    public string? Description { get; set; }

    public ToolInputSchema? InputSchema { get; set; }

    public string? Name { get; set; }

    public bool? Strict { get; set; }
}

public class ToolInputSchema
{
    public Document Json { get; set; }
}
