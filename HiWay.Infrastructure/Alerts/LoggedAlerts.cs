using HiWay.Domain.Alerts;
using Microsoft.Extensions.Logging;

namespace HiWay.Infrastructure.Alerts;

/// <summary>Writes alerts to the log.</summary>
internal sealed partial class LoggedAlerts(ILogger<LoggedAlerts> log) : IAlerts
{
    public void Raise(AlertEvent alert) => LogRaised(log, alert.Type, alert.WorkspaceId, alert.Title, alert.Text);

    [LoggerMessage(1, LogLevel.Warning, "Alert {Type} of workspace {WorkspaceId}: {Title}. {Text}")]
    private static partial void LogRaised(ILogger log, string type, string workspaceId, string title, string text);
}
