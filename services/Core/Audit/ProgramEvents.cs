using System.Text.Json.Serialization;

namespace Trading.Core;

/// <summary>A model that a program asks, or its strategy where that is from a library of its user's own, and the file of it.</summary>
/// <param name="Name">Name of the model, or of the strategy.</param>
/// <param name="FileSha256">SHA-256 of its file in small hexadecimal digits; null for one without a file.</param>
/// <param name="TrainedTo">Last price that it was trained on (UTC); null for one without a file.</param>
/// <param name="WalkForward">How good it was on prices that it had not been trained on; null for one without a file.</param>
public sealed record ProgramModel(
    string Name, string? FileSha256,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? TrainedTo = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] LearnedScores? WalkForward = null);

/// <summary>A running program took another file for a model, stream <see cref="AuditLeaf.ProgramStream"/>.</summary>
/// <param name="Service">Name of the program.</param>
/// <param name="Model">The model with its new file.</param>
/// <param name="At">When (UTC).</param>
public sealed record ModelReplaced(string Service, ProgramModel Model, DateTimeOffset At) : IAuditEvent;

/// <summary>
/// A program started, stream <see cref="AuditLeaf.ProgramStream"/>: which build, with which settings, decides from here on. Not recorded in
/// recorded runs, which are to be the same each time.
/// </summary>
/// <param name="Service">Name of the program, as the headers of its events have it.</param>
/// <param name="Instance">Which of its processes.</param>
/// <param name="Version">Its version.</param>
/// <param name="Commit">The commit that it was built from; empty when the build did not say.</param>
/// <param name="BinariesSha256">SHA-256 over the program's own files, by name.</param>
/// <param name="Profile">The profile of its settings.</param>
/// <param name="SettingsSha256">SHA-256 over all settings in force, one line each, secrets left out.</param>
/// <param name="Settings">
/// Those that are not the defaults, and those that a strategy's answers follow from, as Name=value; secrets only by their names.
/// </param>
/// <param name="Models">The models.</param>
/// <param name="LimitsVersion">Version of the account's limits then; null before it was opened.</param>
/// <param name="SealIntervalSeconds">Seconds between seals; 0 for none.</param>
/// <param name="Anchors">Where checkpoints are kept elsewhere.</param>
/// <param name="At">When (UTC).</param>
public sealed record ProgramStarted(
    string Service, string Instance, string Version, string Commit, string BinariesSha256, string Profile, string SettingsSha256,
    IReadOnlyList<string> Settings, IReadOnlyList<ProgramModel> Models, int? LimitsVersion, int SealIntervalSeconds,
    IReadOnlyList<string> Anchors, DateTimeOffset At) : IAuditEvent;

/// <summary>A program stopped of its own accord; one that was killed leaves none.</summary>
/// <param name="Service">Name of the program.</param>
/// <param name="Instance">Which of its processes.</param>
/// <param name="At">When (UTC).</param>
public sealed record ProgramStopped(string Service, string Instance, DateTimeOffset At) : IAuditEvent;
