using Trading.Hosting.Settings;

namespace Trading.Hosting.Control;

/// <summary>What the roles of tokens and of people in the chat may command.</summary>
public static class TokenRights
{
    /// <summary>Whether the holder of a role may give a command.</summary>
    public static bool May(this TokenRole role, OperatorAction action) =>
        role == TokenRole.Operator || (role == TokenRole.Halter && action is OperatorAction.Halt or OperatorAction.Reduce);

    /// <summary>A command as the holder of a role gives it: one who may only halt never loosens a halt.</summary>
    public static OperatorCommand As(this OperatorCommand command, TokenRole role) =>
        command with { OnlyTighten = command.OnlyTighten || role == TokenRole.Halter };
}
