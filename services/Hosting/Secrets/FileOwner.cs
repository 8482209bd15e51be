using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Trading.Hosting.Secrets;

/// <summary>
/// Who owns a file. Whoever may read every file, such as root, can open one that belongs to another user, who could change it.
/// </summary>
internal static class FileOwner
{
    private const int EmptyPath = 0x1000, Basic = 0x7ff, StructureSize = 256, UserAt = 20;

    /// <summary>Whether an open file belongs to this program's user or to root; true where the system does not say.</summary>
    public static bool IsTrusted(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux())
            return true;
        try
        {
            var told = new byte[StructureSize];
            if (Statx(file, [0], EmptyPath, Basic, told) != 0)
                return true;
            var owner = BitConverter.ToUInt32(told, UserAt);
            return owner == 0 || owner == EffectiveUser();
        }
        catch (EntryPointNotFoundException)
        {
            return true;
        }
    }

    // The structure is the same on every processor (statx(2)): the owner lies behind mask, block size, attributes and links.
    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Statx(SafeFileHandle folder, byte[] path, int flags, uint mask, byte[] told);

    [DllImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint EffectiveUser();
}
