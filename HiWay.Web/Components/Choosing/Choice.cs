using HiWay.Domain.Catalogue;
using HiWay.Infrastructure.Catalogue;

namespace HiWay.Web.Components.Choosing;

/// <summary>Something to choose from a searchable list.</summary>
/// <param name="Value">What is sent.</param>
/// <param name="Text">What is read.</param>
/// <param name="Hint">A few words behind it; null for none.</param>
/// <param name="Group">The heading it stands under.</param>
public sealed record Choice(string Value, string Text, string? Hint, string Group);

/// <summary>Models and the names that stand for several of them, as things to choose.</summary>
public static class ModelChoices
{
    private static readonly (Tier Tier, string Hint)[] Tiers =
    [
        (Tier.UltraLight, "one short question"),
        (Tier.Light, "simple conversation"),
        (Tier.Standard, "everyday work, code, tools"),
        (Tier.Heavy, "long reasoning, large code"),
        (Tier.WebSearch, "answers from the web"),
    ];

    /// <summary>The built-in model, there without any provider.</summary>
    public static Choice Test { get; } = new("test/echo", "test/echo", "built in, costs nothing", "Test");

    public static Choice Auto { get; } = new("auto", "auto", "the cheapest that can do it", "Routing");

    /// <summary>What a chat can be sent to: auto, the tiers, every model that a call could reach now, and the built-in one.</summary>
    public static IReadOnlyList<Choice> ForChat(IReadOnlyList<ModelView> models) =>
        [Auto, .. TierChoices("Routing"), .. Chat(models).Where(m => m.Callable).Select(Of), Test];

    /// <summary>What can draw: the cheapest of the workspace's, every picture model that a call could reach now, and the built-in one.</summary>
    public static IReadOnlyList<Choice> ForImages(IReadOnlyList<ModelView> models) =>
    [
        new("image", "image", "the cheapest that can draw", "Routing"),
        .. models.Where(m => m.Callable && m.Entry.Mode is ModelMode.Image && m.Entry.Serves("/v1/images/generations")).Select(Of),
        Test,
    ];

    /// <summary>What a key can be limited to. Models that cannot be called yet are offered too: a limit may come before the provider.</summary>
    public static IReadOnlyList<Choice> ForKeys(IReadOnlyList<ModelView> models) =>
        [.. TierChoices("Tiers"), .. Chat(models).OrderByDescending(m => m.Callable).Select(m => Of(m) with { Group = m.Callable ? "Your models" : "Other models" })];

    /// <summary>What savings can be measured against: every chat model with a price.</summary>
    public static IReadOnlyList<Choice> ForFlagship(IReadOnlyList<ModelView> models) =>
        [.. Chat(models).Where(m => m.Entry.Prices.Count > 0).Select(Of)];

    /// <summary>What can rate answers: every chat model with a price that a call could reach now.</summary>
    public static IReadOnlyList<Choice> ForJudge(IReadOnlyList<ModelView> models) =>
        [.. Chat(models).Where(m => m.Callable && m.Entry.Prices.Count > 0).Select(Of)];

    /// <summary>Those whose value, text, hint or heading holds every word that was typed.</summary>
    public static IEnumerable<Choice> Matching(IEnumerable<Choice> all, string search)
    {
        var words = search.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return all.Where(choice => words.All(word =>
            choice.Value.Contains(word, StringComparison.OrdinalIgnoreCase) || choice.Text.Contains(word, StringComparison.OrdinalIgnoreCase)
            || choice.Hint?.Contains(word, StringComparison.OrdinalIgnoreCase) is true));
    }

    private static IEnumerable<ModelView> Chat(IReadOnlyList<ModelView> models) => models.Where(m => m.Enabled && m.Entry.Mode is ModelMode.Chat);

    private static IEnumerable<Choice> TierChoices(string group) => Tiers.Select(t => new Choice(t.Tier.Text(), t.Tier.Text(), t.Hint, group));

    private static Choice Of(ModelView model) => new(
        model.Entry.Id, model.Entry.Id, model.Alias ?? (model.Entry.Tier is Tier.None ? null : Format.Tier(model.Entry.Tier.Text())), "Models");
}
