using System.Text.Encodings.Web;
using System.Text.Json;

namespace HiWay.Web.Gateway.Wire;

/// <summary>How the gateway writes JSON.</summary>
internal static class GatewayJson
{
    /// <summary>Apostrophes and letters of all scripts as they are: the answers are JSON, never part of a page.</summary>
    public static readonly JsonWriterOptions Written = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static readonly JsonSerializerOptions Serialized = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
