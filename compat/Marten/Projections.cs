namespace JasperFx.Events.Projections;

/// <summary>When a projection is brought up to date. This stand-in has no daemon, so there is no asynchronous one.</summary>
public enum ProjectionLifecycle
{
    /// <summary>In the transaction that appends the events; the result is stored.</summary>
    Inline = 0,

    /// <summary>Whenever it is asked for; nothing is stored.</summary>
    Live = 2
}

/// <summary>A projection that cannot work as it is.</summary>
public class InvalidProjectionException(string message) : Exception(message);
