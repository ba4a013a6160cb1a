using System.Text.Json;
using System.Text.Json.Serialization;

namespace HiWay.Web.Management;

/// <summary>A field of a PATCH body: left out, null, or a value. Left out is the default, so a body type needs no more than the property.</summary>
internal readonly record struct Optional<T>(T? Value, bool IsSet)
{
    /// <summary>The value when the field was sent (which may be null), else what is there now.</summary>
    public T? Or(T? current) => IsSet ? Value : current;
}

/// <summary>Reads a present field, null included; an absent one never comes here and stays unset.</summary>
internal sealed class OptionalConverterFactory : JsonConverterFactory
{
    public override bool CanConvert(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Optional<>);

    public override JsonConverter CreateConverter(Type type, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Converter<>).MakeGenericType(type.GetGenericArguments()))!;

    private sealed class Converter<T> : JsonConverter<Optional<T>>
    {
        public override bool HandleNull => true;

        public override Optional<T> Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
        {
            if (reader.TokenType is JsonTokenType.Null)
            {
                return default(T) is null ? new(default, IsSet: true) : throw new JsonException();
            }

            // The converter itself and not a second Deserialize: an error then keeps the field's path in the whole body.
            return new(((JsonConverter<T>)options.GetConverter(typeof(T))).Read(ref reader, typeof(T), options), IsSet: true);
        }

        public override void Write(Utf8JsonWriter writer, Optional<T> value, JsonSerializerOptions options) =>
            throw new NotSupportedException("Optional<T> is for request bodies; answers always write their fields.");
    }
}
