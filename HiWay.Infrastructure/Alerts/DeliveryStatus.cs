namespace HiWay.Infrastructure.Alerts;

/// <summary>What a delivery's <c>status</c> can be.</summary>
public static class DeliveryStatus
{
    /// <summary>Not tried yet.</summary>
    public const string Pending = "pending";

    /// <summary>The last attempt failed; another one follows.</summary>
    public const string Failed = "failed";

    public const string Delivered = "delivered";

    /// <summary>No attempt follows, unless a person sends it again.</summary>
    public const string GivenUp = "given_up";

    public static IReadOnlyList<string> All { get; } = [Pending, Failed, Delivered, GivenUp];
}
