using System.Text.Json;

namespace HiWay.Infrastructure.Dialects;

/// <summary>
/// Stands for a message of which nothing could be said: providers refuse one without content, and if it vanished the model would answer
/// another question. What was left out is named as dropped.
/// </summary>
internal static class LeftOut
{
    public const string Words = "(What stood here cannot be sent to this model and was left out.)";

    /// <summary>How much was written so far; what follows has written nothing when it is the same afterwards.</summary>
    public static long Written(Utf8JsonWriter json) => json.BytesCommitted + json.BytesPending;
}
