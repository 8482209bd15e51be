namespace JasperFx.Events.Daemon;

/// <summary>A projection threw while it applied an event; the cause is the inner exception.</summary>
public class ApplyEventException(IEvent @event, Exception innerException)
    : Exception($"Failure to apply event #{@event.Sequence} Id({@event.Id})", innerException)
{
    public IEvent Event { get; } = @event;
}
