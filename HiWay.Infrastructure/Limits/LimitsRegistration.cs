using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HiWay.Infrastructure.Limits;

/// <summary>Section <c>Limits</c> of the settings.</summary>
public sealed class LimitOptions
{
    public const string Section = "Limits";

    /// <summary>Calls of `:free` models that a workspace may make in a rolling minute.</summary>
    public int FreeRequestsPerMinute { get; set; } = 20;

    /// <summary>The same in a UTC day.</summary>
    public int FreeRequestsPerDay { get; set; } = 200;
}

internal sealed class LimitOptionsCheck : IValidateOptions<LimitOptions>
{
    public ValidateOptionsResult Validate(string? name, LimitOptions options) =>
        options.FreeRequestsPerMinute >= 0 && options.FreeRequestsPerDay >= 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"`Limits:FreeRequestsPerMinute` ({options.FreeRequestsPerMinute}) and `Limits:FreeRequestsPerDay` ({options.FreeRequestsPerDay}) must not be negative. Example: 20 and 200.");
}

public static class LimitsRegistration
{
    public static IServiceCollection AddLimits(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<LimitOptions>().Bind(configuration.GetSection(LimitOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<LimitOptions>, LimitOptionsCheck>();
        services.AddSingleton<RateWindows>();
        services.AddSingleton<RateShares>();
        services.AddHostedService<RateExchange>();
        return services;
    }
}
