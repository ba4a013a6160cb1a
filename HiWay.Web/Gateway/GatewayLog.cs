namespace HiWay.Web.Gateway;

/// <summary>What the gateway logs. Prompts, answers and secrets never.</summary>
internal static partial class GatewayLog
{
    [LoggerMessage(1, LogLevel.Information, "Call {RequestId}: attempt {Attempt} at {Model} failed as {Failure} after {ElapsedMs} ms")]
    public static partial void AttemptFailed(ILogger log, string requestId, int attempt, string model, string failure, double elapsedMs);

    [LoggerMessage(2, LogLevel.Debug, "Call {RequestId}: the client has gone after {ElapsedMs} ms")]
    public static partial void ClientGone(ILogger log, string requestId, double elapsedMs);

    [LoggerMessage(3, LogLevel.Error, "Call {RequestId}: HiWay itself failed; this is a bug worth reporting")]
    public static partial void Failed(ILogger log, Exception failure, string requestId);

    [LoggerMessage(4, LogLevel.Warning, "Call {RequestId}: {Model} used tokens without a known price; set one under Models. Further calls of the model are not named for an hour")]
    public static partial void Unpriced(ILogger log, string requestId, string model);

    [LoggerMessage(5, LogLevel.Debug, "Call {RequestId} of {WorkspaceId}, key {KeyId}: {Model} answered {Status} with {InputTokens}+{OutputTokens} tokens for {CostUsd} USD in {ElapsedMs} ms")]
    public static partial void Closed(ILogger log, string requestId, string workspaceId, string? keyId, string? model, int status, long inputTokens, long outputTokens, decimal costUsd, double elapsedMs);

    [LoggerMessage(6, LogLevel.Error, "Call {RequestId}: its usage could not be written to the journal; the call is refused rather than go unmetered")]
    public static partial void NotJournalled(ILogger log, Exception failure, string requestId);

    [LoggerMessage(7, LogLevel.Warning, "Call {RequestId}: its answer could not be kept; a call that goes on from it will be refused")]
    public static partial void NotKept(ILogger log, Exception failure, string requestId);

    [LoggerMessage(8, LogLevel.Warning, "Call {RequestId}: the conversation that it goes on from could not be read")]
    public static partial void NotRecalled(ILogger log, Exception failure, string requestId);

    [LoggerMessage(9, LogLevel.Error, "Call {RequestId}: a listener to metrics failed; they may lack a part of it")]
    public static partial void NotMeasured(ILogger log, Exception failure, string requestId);
}
