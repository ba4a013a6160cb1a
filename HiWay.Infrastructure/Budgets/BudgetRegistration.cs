using HiWay.Infrastructure.Database;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HiWay.Infrastructure.Budgets;

public static class BudgetRegistration
{
    /// <summary>Caps, and what several nodes tell each other of them. Before metering, so that at the end slices go back after the last call is in the books.</summary>
    public static IServiceCollection AddBudgets(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<BudgetOptions>().Bind(configuration.GetSection(BudgetOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<BudgetOptions>, BudgetOptionsCheck>();
        services.AddSingleton<NodeIdentity>();
        services.AddSingleton<SpendLeases>();
        services.AddSingleton<ISpendLeases>(provider => provider.GetRequiredService<SpendLeases>());
        services.AddSingleton<SpendShares>();
        services.AddSingleton<SpendLedger>();
        services.AddSingleton<SpendSeed>();
        services.AddSingleton<BudgetHealth>();
        services.AddSingleton<BudgetReader>();
        services.AddSingleton<IBudgets, BudgetService>();
        services.AddHostedService<SpendExchange>();
        services.AddHostedService<BudgetAlerts>();
        return services;
    }
}
