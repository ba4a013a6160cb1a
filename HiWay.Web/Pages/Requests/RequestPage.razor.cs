using HiWay.Infrastructure.Catalogue;
using HiWay.Infrastructure.Contents;
using HiWay.Infrastructure.Metering;
using HiWay.Infrastructure.Replay;
using HiWay.Web.Components;
using Microsoft.AspNetCore.Components;

namespace HiWay.Web.Pages.Requests;

/// <summary>One call: what it cost, bucket by bucket, and every step of the decision.</summary>
public sealed partial class RequestPage : DashboardPage
{
    private Remote<RequestDetail> _detail = Remote<RequestDetail>.Loading;
    private IReadOnlyList<CostLine> _cost = [];
    private DecisionView? _decision;
    private CallTexts? _texts;

    [Inject] public required IRequestLog Log { get; init; }

    [Inject] public required IModels Models { get; init; }

    [Inject] public required IDecisions Decisions { get; init; }

    [Inject] public required ICallContents Contents { get; init; }

    [Parameter] public string Id { get; set; } = "";

    protected override async Task LoadAsync(CancellationToken stop)
    {
        _detail = await ReadAsync(_detail, actor => Log.GetAsync(actor, Id, stop));
        if (_detail.Value is { } detail)
        {
            var models = await TryAsync(actor => Models.ListAsync(actor, stop));
            _cost = CostLines.Of(detail, models.Succeeded ? models.Value : []);
            var decision = await TryAsync(actor => Decisions.ExplainAsync(actor, detail, stop));
            _decision = decision.Succeeded ? decision.Value : null;
            var texts = await TryAsync(actor => Contents.FindAsync(actor, Id, stop));
            _texts = texts.Succeeded ? texts.Value : null;
        }
    }

    private static string DecisionSubtitle(RequestDetail detail) => detail.Score is { } score
        ? $"Score {score.ToString("0.00", System.Globalization.CultureInfo.InvariantCulture)}, tier {Format.Tier(detail.Row.Tier)}"
        : $"Tier {Format.Tier(detail.Row.Tier)}";

    private static string CostSubtitle(RequestDetail detail) => detail.UsageEstimated
        ? "US dollars; tokens estimated, the provider reported none"
        : "US dollars; tokens as the provider reported them";
}
