using Trading.Hosting.Settings;

namespace Trading.Hosting.Control;

/// <summary>What the roles of tokens and of people in the chat may command.</summary>
public static class TokenRights
{
    /// <summary>
    /// Whether the holder of a role may give a command. One who may only halt never loosens a halt:
    /// <see cref="OperatorCommand.OnlyTighten"/>.
    /// </summary>
    public static bool May(this TokenRole role, OperatorAction action) =>
        role == TokenRole.Operator || (role == TokenRole.Halter && action is OperatorAction.Halt or OperatorAction.Reduce);
}
