namespace HiWay.Domain.Errors;

/// <summary>Why an application call was refused; each kind has one HTTP status in the management API.</summary>
public enum RefusalKind
{
    /// <summary>400: a field is wrong; <see cref="Refusal.Param"/> names it.</summary>
    Invalid,

    /// <summary>401: who is asking could not be established.</summary>
    Unauthenticated,

    /// <summary>402: a cap is used up.</summary>
    BudgetExceeded,

    /// <summary>403: known, but not allowed.</summary>
    Forbidden,

    /// <summary>403 `signup_disabled`: the operator has closed sign-up.</summary>
    SignupDisabled,

    /// <summary>404: not there, or not in this workspace.</summary>
    NotFound,

    /// <summary>409: the state does not allow it (name taken, already revoked).</summary>
    Conflict,

    /// <summary>429: too often.</summary>
    TooMany,

    /// <summary>503: a part that the call needs is down.</summary>
    Unavailable,
}

/// <summary>An expected no, with what to do next.</summary>
/// <param name="Message">A sentence for a person: what was wrong and what would fix it.</param>
/// <param name="Param">The field at fault in the API's spelling (<c>monthly_cap_usd</c>), where there is one.</param>
public sealed record Refusal(RefusalKind Kind, string Message, string? Param = null)
{
    /// <summary>For <see cref="RefusalKind.TooMany"/> and <see cref="RefusalKind.Unavailable"/>: how long to wait, where known.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>What an application call gives back: a value, or the reason why not. Exceptions are for the unforeseen.</summary>
public readonly record struct Outcome<T>
{
    private readonly T? _value;

    private Outcome(T? value, Refusal? refusal) => (_value, Refusal) = (value, refusal);

    public Refusal? Refusal { get; }

    public bool Succeeded => Refusal is null;

    /// <exception cref="InvalidOperationException">The call was refused; look at <see cref="Refusal"/> first.</exception>
    public T Value => Refusal is null ? _value! : throw new InvalidOperationException($"Refused: {Refusal.Message}");

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(Refusal refusal) => new(default, refusal);
}
