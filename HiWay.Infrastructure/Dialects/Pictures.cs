namespace HiWay.Infrastructure.Dialects;

/// <summary>Makes a picture of an answer into the neutral form of <see cref="ExtraKinds.Image"/>.</summary>
internal static class Pictures
{
    /// <summary>For APIs that do not say of what kind a picture is: the first bytes do.</summary>
    public static byte[] FromBase64(ReadOnlySpan<byte> base64Json) =>
        Of(base64Json.StartsWith("/9j/"u8) ? "image/jpeg"u8 : base64Json.StartsWith("UklGR"u8) ? "image/webp"u8 : "image/png"u8, base64Json);

    /// <param name="mediaTypeJson">The inside of a JSON string, as is the other.</param>
    public static byte[] Of(ReadOnlySpan<byte> mediaTypeJson, ReadOnlySpan<byte> base64Json) =>
        [.. "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:"u8, .. mediaTypeJson, .. ";base64,"u8, .. base64Json, .. "\"}}"u8];
}
