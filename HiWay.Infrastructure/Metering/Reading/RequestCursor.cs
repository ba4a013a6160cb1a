using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace HiWay.Infrastructure.Metering.Reading;

/// <summary>
/// The last row of a page: the next page begins behind it, whatever is added meanwhile. Opaque to callers, who would
/// otherwise build their own.
/// </summary>
internal readonly record struct RequestCursor(DateTime CreatedAt, string Id)
{
    public override string ToString() =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{CreatedAt.Ticks}/{Id}")));

    /// <summary>Null for anything that <see cref="ToString"/> did not give.</summary>
    public static RequestCursor? Parse(string text)
    {
        if (!Base64Url.IsValid(text))
        {
            return null;
        }

        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split('/', 2);
        return parts.Length == 2 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks <= DateTime.MaxValue.Ticks && !parts[1].Contains('\0')
            ? new(new DateTime(ticks, DateTimeKind.Utc), parts[1])
            : null;
    }
}
