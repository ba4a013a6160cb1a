using HiWay.Infrastructure.Metering;
using HiWay.Web.Components;

namespace HiWay.Web.Pages.Requests;

public static class RequestFacts
{
    /// <summary>What is known of a call, name by name; what does not apply is left out.</summary>
    public static IReadOnlyList<(string Name, string Value)> Of(RequestDetail detail)
    {
        var row = detail.Row;
        List<(string, string)> facts = [];
        Add("Asked for", row.RequestedModel);
        Add("Answered by", row.Model);
        Add("Provider", row.Provider);
        Add("Tier", row.Tier is null ? null : Format.Tier(row.Tier));
        Add("Key", RequestsView.KeyText(row));
        Add("End user", row.EndUser);
        Add("Tags", row.Tags.Count == 0 ? null : string.Join(", ", row.Tags));
        Add("Client speaks", Dialects.Name(row.Dialect));
        Add("Provider speaks", detail.UpstreamDialect is not { } upstream ? null
            : upstream == row.Dialect ? $"{Dialects.Name(upstream)}, passed through" : $"{Dialects.Name(upstream)}, translated");
        Add("Left out", detail.Dropped.Count > 0 ? string.Join(", ", detail.Dropped) : detail.UpstreamDialect is null ? null : "nothing");
        Add("Delivery", row.Streamed ? "streamed" : "in one piece");
        Add("Ended", Format.Words(row.EndReason));
        Add("Cache", row.CacheHit ? "answered from the cache" : null);
        return facts;

        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                facts.Add((name, value));
            }
        }
    }
}
