using System.ComponentModel;
using System.Diagnostics;

namespace Trading.Hosting.Background;

/// <summary>Processes that give way to others on the same machine, where the system allows it.</summary>
public static class Priority
{
    /// <summary>Lowers that of this process. On Linux a thread begins with the priority of the one that starts it: call it early.</summary>
    public static void LowerOwn()
    {
        using var self = Process.GetCurrentProcess();
        Lower(self, ProcessPriorityClass.BelowNormal);
    }

    /// <summary>Lowers that of a process, which may have ended.</summary>
    public static void Lower(Process process, ProcessPriorityClass priority)
    {
        try
        {
            process.PriorityClass = priority;
        }
        catch (Exception refused) when (refused is InvalidOperationException or Win32Exception)
        {
            // It has ended already, or the system does not allow it.
        }
    }
}
