using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Providers;

namespace HiWay.Web.Gateway.Stages;

/// <summary>The most that a call can cost; for chats the rule is in HiWay.Domain/Pricing.</summary>
internal static class WorstCase
{
    /// <summary>False when nothing that HiWay knows bounds the cost.</summary>
    public static bool IsBounded(GatewayCall call) => call.Operation is not { } operation || operation.IsBounded(call, call.Route.Chain[0]);

    /// <summary>One attempt at the dearest deployment of the chain; further ones are added when they become necessary.</summary>
    public static decimal OfDearest(GatewayCall call)
    {
        var worst = 0m;
        foreach (var deployment in call.Route.Chain)
        {
            worst = Math.Max(worst, Of(call, deployment));
        }

        return worst;
    }

    /// <summary>One attempt at a deployment.</summary>
    public static decimal Of(GatewayCall call, Deployment deployment)
    {
        if (call.Operation is { } operation)
        {
            return operation.WorstCaseUsd(call, deployment);
        }

        var body = call.Body;
        return WorstCaseRules.OfChat(deployment.Model, call.ArrivedAt, body.PromptTokens, body.MaxOutputTokens, body.Choices, body.Lane);
    }

    /// <summary>The most tokens that one attempt can use.</summary>
    public static TokenUsage UsageOf(GatewayCall call, Deployment deployment) => new()
    {
        Input = call.Body.PromptTokens,
        Output = (long)(call.Body.MaxOutputTokens ?? deployment.Model.MaxOutputTokens ?? WorstCaseRules.UnknownOutputLimit) * call.Body.Choices,
        Lane = call.Body.Lane is ServiceLane.Priority ? ServiceLane.Priority : null,
    };

    /// <summary>What the attempts so far have cost.</summary>
    public static decimal Paid(GatewayCall call)
    {
        var paid = 0m;
        foreach (var attempt in call.Attempts)
        {
            paid += PriceRules.CostOf(attempt.Usage, attempt.Deployment.Model, call.ArrivedAt).Usd;
        }

        return paid;
    }
}
