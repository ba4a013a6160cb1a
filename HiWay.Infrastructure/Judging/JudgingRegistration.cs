using Microsoft.Extensions.DependencyInjection;

namespace HiWay.Infrastructure.Judging;

public static class JudgingRegistration
{
    /// <summary>Whether answers are rated, and what came of it. After AddMetering and AddSnapshots.</summary>
    public static IServiceCollection AddJudging(this IServiceCollection services)
    {
        services.AddSingleton<JudgeService>();
        services.AddSingleton<IJudge>(provider => provider.GetRequiredService<JudgeService>());
        services.AddSingleton<IJudgeFailures>(provider => provider.GetRequiredService<JudgeService>());
        return services;
    }
}
