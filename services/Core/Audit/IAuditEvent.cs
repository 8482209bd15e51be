namespace Trading.Core;

/// <summary>An event of the audit itself.</summary>
public interface IAuditEvent;
