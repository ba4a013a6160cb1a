using System.Text.Json;

namespace HiWay.Infrastructure.Dialects.Json;

/// <summary>Walks the members of one JSON object without decoding them. Each value is handed out as its bytes, so that it can be walked in turn.</summary>
internal ref struct JsonMembers
{
    private readonly ReadOnlySpan<byte> _document;
    private Utf8JsonReader _json;

    /// <exception cref="JsonException">The value is no object.</exception>
    public JsonMembers(ReadOnlySpan<byte> value)
    {
        _document = value;
        _json = new(value);
        if (value.Length == 0 || !_json.Read() || _json.TokenType is not JsonTokenType.StartObject)
        {
            throw new JsonException("Expected an object.");
        }
    }

    public ReadOnlySpan<byte> Name { get; private set; }

    public JsonTokenType Kind { get; private set; }

    /// <summary>The value as it is written, quotation marks included.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>The inside of a string; empty for everything else.</summary>
    public readonly ReadOnlySpan<byte> Text => Kind is JsonTokenType.String ? Value[1..^1] : default;

    /// <summary>An object or array; empty for everything else, <c>null</c> among it.</summary>
    public readonly ReadOnlySpan<byte> Nested => Kind is JsonTokenType.StartObject or JsonTokenType.StartArray ? Value : default;

    /// <summary>A number as a count; 0 for what is none.</summary>
    public readonly long Count
    {
        get
        {
            if (Kind is not (JsonTokenType.Number or JsonTokenType.String))
            {
                return 0;
            }

            var number = new Utf8JsonReader(Value);
            number.Read();
            return TokenCount.Of(ref number) ?? 0;
        }
    }

    public bool Next()
    {
        if (!_json.Read() || _json.TokenType is not JsonTokenType.PropertyName)
        {
            return false;
        }

        Name = _json.ValueSpan;
        _json.Read();
        Kind = _json.TokenType;
        Value = JsonText.Value(ref _json, _document);
        return true;
    }

    public readonly bool Is(ReadOnlySpan<byte> name) => Name.SequenceEqual(name);

    /// <summary>One member of an object that is a text: the inside of the string; empty when there is none, or it is something else.</summary>
    public static ReadOnlySpan<byte> FindText(ReadOnlySpan<byte> value, ReadOnlySpan<byte> name) => Find(value, name, out var isText) is var found && isText ? found : default;

    /// <summary>One member of an object: the inside of a string, or a nested value as it is; empty when there is none.</summary>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> value, ReadOnlySpan<byte> name) => Find(value, name, out _);

    private static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> value, ReadOnlySpan<byte> name, out bool isText)
    {
        isText = false;
        if (value.Length == 0 || value[0] != (byte)'{')
        {
            return default;
        }

        var members = new JsonMembers(value);
        while (members.Next())
        {
            if (members.Is(name))
            {
                isText = members.Kind is JsonTokenType.String;
                return isText ? members.Text : members.Nested;
            }
        }

        return default;
    }
}

/// <summary>Walks the objects of one JSON array; what is no array has none, what is no object is passed over.</summary>
internal ref struct JsonObjects
{
    private readonly ReadOnlySpan<byte> _document;
    private Utf8JsonReader _json;
    private readonly bool _any;

    public JsonObjects(ReadOnlySpan<byte> value)
    {
        _document = value;
        _json = new(value);
        _any = value.Length > 0 && _json.Read() && _json.TokenType is JsonTokenType.StartArray;
    }

    public ReadOnlySpan<byte> Value { get; private set; }

    public bool Next()
    {
        while (_any && _json.Read() && _json.TokenType is not JsonTokenType.EndArray)
        {
            var isObject = _json.TokenType is JsonTokenType.StartObject;
            Value = JsonText.Value(ref _json, _document);
            if (isObject)
            {
                return true;
            }
        }

        return false;
    }
}
