using HiWay.Domain.Errors;

namespace HiWay.Web.Components;

/// <summary>What a page knows of something it reads: not there yet, failed with a reason, or there. Show it with <see cref="Loaded{T}"/>.</summary>
/// <param name="Problem">Why the last read failed; with a value, the value is an older one.</param>
public sealed record Remote<T>(T? Value, string? Problem, bool NotFound = false)
    where T : class
{
    public static Remote<T> Loading { get; } = new(null, null);

    public bool IsLoading => Value is null && Problem is null;

    public static Remote<T> Of(T value) => new(value, null);

    /// <summary>Keeps what was shown before, so that a hiccup does not empty the page.</summary>
    public Remote<T> Failed(Refusal refusal) => new(refusal.Kind is RefusalKind.NotFound ? null : Value, refusal.Message, refusal.Kind is RefusalKind.NotFound);
}
