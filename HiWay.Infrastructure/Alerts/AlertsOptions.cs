using Microsoft.Extensions.Configuration;

namespace HiWay.Infrastructure.Alerts;

/// <summary>The section <c>Alerts</c>: how alerts are delivered.</summary>
public sealed class AlertsOptions
{
    /// <summary>A target must have answered within this time.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often each node looks for deliveries that are due; what it has written itself it sends at once.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long the delivery log keeps what was sent.</summary>
    public int RetentionDays { get; set; } = 30;

    /// <summary>A delivery whose attempt has not ended by then is taken for lost with its node, and made again.</summary>
    internal TimeSpan Lease => (2 * Timeout) + TimeSpan.FromSeconds(40);

    internal static AlertsOptions From(IConfiguration configuration)
    {
        var options = configuration.GetSection("Alerts").Get<AlertsOptions>() ?? new AlertsOptions();
        string[] problems =
        [
            .. Check(options.Timeout > TimeSpan.Zero, "Alerts:Timeout must be longer than zero. Example: 00:00:10."),
            .. Check(options.PollInterval > TimeSpan.Zero, "Alerts:PollInterval must be longer than zero. Example: 00:00:02."),
            .. Check(options.RetentionDays >= 1, "Alerts:RetentionDays must be at least 1. Example: 30."),
        ];
        return problems.Length == 0 ? options : throw new InvalidOperationException(string.Join(Environment.NewLine, problems));
    }

    private static IEnumerable<string> Check(bool good, string problem) => good ? [] : [problem];
}
