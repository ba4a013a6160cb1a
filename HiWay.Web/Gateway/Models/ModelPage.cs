using System.Globalization;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Errors;

namespace HiWay.Web.Gateway.Models;

/// <summary>The part of the model list that Anthropic's clients ask for (https://platform.claude.com/docs/en/api/models/list); without a limit it is the rest.</summary>
/// <param name="HasMore">In the direction of the question: after the last one, or with <c>before_id</c> before the first.</param>
internal sealed record ModelPage(IReadOnlyList<ModelEntry> Models, bool HasMore)
{
    private const int MaxLimit = 1000;

    /// <summary>Reads <c>?limit=&amp;after_id=&amp;before_id=</c>; a value that means nothing is refused by name.</summary>
    public static Outcome<ModelPage> Read(IQueryCollection query, IReadOnlyList<ModelEntry> models)
    {
        var limit = models.Count;
        if (query["limit"].ToString() is { Length: > 0 } asked && (!int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > MaxLimit))
        {
            return Wrong("limit", $"'limit' is '{asked}', not a whole number from 1 to {MaxLimit}.");
        }

        var (after, before) = (query["after_id"].ToString(), query["before_id"].ToString());
        if (after.Length > 0 && before.Length > 0)
        {
            return Wrong("before_id", "'after_id' and 'before_id' exclude each other; send one of them.");
        }

        var at = after.Length + before.Length == 0 ? -1 : IndexOf(models, after + before);
        if (at < 0 && after.Length + before.Length > 0)
        {
            return Wrong(after.Length > 0 ? "after_id" : "before_id", $"There is no model '{after + before}' in this list.");
        }

        var (from, to) = before.Length > 0 ? (Math.Max(0, at - limit), at) : (at + 1, Math.Min(models.Count, at + 1 + limit));
        return new ModelPage([.. models.Skip(from).Take(to - from)], before.Length > 0 ? from > 0 : to < models.Count);
    }

    private static int IndexOf(IReadOnlyList<ModelEntry> models, string id)
    {
        for (var i = 0; i < models.Count; i++)
        {
            if (models[i].Id == id)
            {
                return i;
            }
        }

        return -1;
    }

    private static Refusal Wrong(string param, string message) => new(RefusalKind.Invalid, message, param);
}
