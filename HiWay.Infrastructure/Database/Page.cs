namespace HiWay.Infrastructure.Database;

/// <summary>One page of a list as the API gives it: <c>{"data":[…],"next_cursor":null}</c>.</summary>
/// <param name="NextCursor">Opaque; null on the last page.</param>
public sealed record Page<T>(IReadOnlyList<T> Data, string? NextCursor);
