namespace Trading.Aws;

/// <summary>A text in a bucket.</summary>
/// <param name="Name">Key of the object, with its version if it has one.</param>
/// <param name="Text">The text.</param>
public sealed record LockedText(string Name, string Text);
