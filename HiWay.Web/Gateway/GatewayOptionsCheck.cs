using Microsoft.Extensions.Options;

namespace HiWay.Web.Gateway;

/// <summary>Names every setting that cannot work, with an example.</summary>
internal sealed class GatewayOptionsCheck : IValidateOptions<GatewayOptions>
{
    public ValidateOptionsResult Validate(string? name, GatewayOptions options)
    {
        var problems = new List<string>();
        AtLeast(nameof(options.BodyLimitBytes), options.BodyLimitBytes, 1024, "10485760");
        AtLeast(nameof(options.UploadLimitBytes), options.UploadLimitBytes, 1024, "536870912");
        AtLeast(nameof(options.AnswerLimitBytes), options.AnswerLimitBytes, 1024, "67108864");
        AtLeast(nameof(options.MaxConcurrentCalls), options.MaxConcurrentCalls, 1, "20000");
        Positive(nameof(options.HeadersTimeout), options.HeadersTimeout, "00:00:30");
        Positive(nameof(options.FirstTokenTimeout), options.FirstTokenTimeout, "00:00:30");
        Positive(nameof(options.IdleTimeout), options.IdleTimeout, "00:00:30");
        Positive(nameof(options.TotalTimeout), options.TotalTimeout, "00:10:00");
        if (options.KeepResponsesFor < TimeSpan.Zero)
        {
            problems.Add($"'Gateway:KeepResponsesFor' is {options.KeepResponsesFor}, less than no time. Example: 1.00:00:00; 00:00:00 keeps none.");
        }

        Positive(nameof(options.HeartbeatInterval), options.HeartbeatInterval, "00:00:15");
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);

        void AtLeast(string setting, long value, int least, string example)
        {
            if (value < least)
            {
                problems.Add($"'Gateway:{setting}' is {value}, less than {least}. Example: {example}.");
            }
        }

        void Positive(string setting, TimeSpan value, string example)
        {
            if (value <= TimeSpan.Zero)
            {
                problems.Add($"'Gateway:{setting}' is {value}, not a positive time. Example: {example}.");
            }
        }
    }
}
