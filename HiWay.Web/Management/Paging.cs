using System.Globalization;
using HiWay.Domain.Errors;

namespace HiWay.Web.Management;

/// <summary>The two parameters that every list takes.</summary>
/// <param name="Limit">1 to 1000; 50 when the caller says nothing.</param>
/// <param name="Cursor">The last answer's <c>next_cursor</c>, handed back as it came.</param>
internal sealed record Paging(int Limit, string? Cursor, Refusal? Refusal) : IRefusable
{
    public const int DefaultLimit = 50;
    public const int MaxLimit = 1000;

    public static ValueTask<Paging?> BindAsync(HttpContext http)
    {
        var text = http.Request.Query["limit"].ToString();
        var limit = DefaultLimit;
        var wrong = text.Length > 0 &&
            (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > MaxLimit);
        var cursor = http.Request.Query["cursor"].ToString();
        return ValueTask.FromResult<Paging?>(new Paging(
            limit,
            cursor.Length > 0 ? cursor : null,
            wrong ? new Refusal(RefusalKind.Invalid, $"'limit' is '{text}', not a whole number from 1 to {MaxLimit}.", "limit") : null));
    }
}
