namespace Trading.Hosting.Settings;

/// <summary>Something that settings name.</summary>
public interface INamed
{
    /// <summary>Its name in settings.</summary>
    string Name { get; }
}

/// <summary>
/// Finds the class for a name of the settings, in the assembly that declares the family's interface. So a new exchange, model, price source
/// or alert channel needs one new file and one line in the list of names; a test creates every name of each list.
/// </summary>
public static class Named
{
    /// <summary>The member of a family with a name.</summary>
    /// <typeparam name="T">The family's interface; its classes have a constructor without parameters.</typeparam>
    /// <exception cref="ArgumentException">There is no such class. Settings are checked for names before.</exception>
    public static T Find<T>(string name)
        where T : INamed => typeof(T).Assembly.GetTypes()
            .Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(T)))
            .Select(type => (T)Activator.CreateInstance(type)!)
            .SingleOrDefault(member => member.Name == name)
            ?? throw new ArgumentException($"{typeof(T).Name}: there is no {name}", nameof(name));
}
