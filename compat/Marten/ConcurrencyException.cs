namespace JasperFx;

/// <summary>Something else was written in between.</summary>
public class ConcurrencyException : Exception
{
    public ConcurrencyException(string message) : base(message) { }

    public ConcurrencyException(string message, Type? docType, object id) : base(message)
    {
        DocType = docType?.FullName;
        Id = id;
    }

    /// <summary>Full name of the document or aggregate type, where it is known.</summary>
    public string? DocType { get; set; }

    /// <summary>Id of the document or key of the stream, where it is known.</summary>
    public object? Id { get; set; }
}
