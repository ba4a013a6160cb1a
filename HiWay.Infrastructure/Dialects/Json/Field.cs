using System.Text.Json;

namespace HiWay.Infrastructure.Dialects.Json;

/// <summary>A JSON value of a client's body together with its path, so that every complaint can name the field at fault.</summary>
internal readonly record struct Field(JsonElement Value, string Path)
{
    /// <summary>True for absent members and for <c>null</c>, which OpenAI's clients send for "not set".</summary>
    public bool IsNull => Value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    public bool IsObject => Value.ValueKind is JsonValueKind.Object;

    public bool IsArray => Value.ValueKind is JsonValueKind.Array;

    public bool IsString => Value.ValueKind is JsonValueKind.String;

    /// <summary>False for what is not set, or set to nothing: null, false, an empty list.</summary>
    public bool SaysSomething => !IsNull && Value.ValueKind is not JsonValueKind.False && !(IsArray && Value.GetArrayLength() == 0);

    /// <summary>A member of an object; an undefined value when there is none.</summary>
    public Field this[string name] =>
        new(Value.ValueKind is JsonValueKind.Object && Value.TryGetProperty(name, out var member) ? member : default,
            Path.Length == 0 ? name : $"{Path}.{name}");

    public IEnumerable<Field> Items()
    {
        var i = 0;
        foreach (var item in Value.EnumerateArray())
        {
            yield return new(item, $"{Path}[{i++}]");
        }
    }

    public string Text() => IsString ? Value.GetString()! : throw Wrong("a string");

    public string? TextOrNull() => IsNull ? null : Text();

    public double? NumberOrNull()
    {
        if (IsNull)
        {
            return null;
        }

        return Value.ValueKind is JsonValueKind.Number && Value.TryGetDouble(out var number) && double.IsFinite(number)
            ? number
            : throw Wrong("a number");
    }

    public long? WholeOrNull()
    {
        if (NumberOrNull() is not { } number)
        {
            return null;
        }

        // 1e3 and 8.0 are whole numbers too.
        return Value.TryGetInt64(out var whole) ? whole
            : Math.Truncate(number) == number && Math.Abs(number) < 1e15 ? (long)number
            : throw Wrong("a whole number");
    }

    /// <summary>A count of tokens or choices: at least <paramref name="least"/>.</summary>
    public int? CountOrNull(int least)
    {
        var whole = WholeOrNull();
        return whole is null ? null
            : whole >= least && whole <= int.MaxValue ? (int)whole
            : throw new InvalidChatRequestException(Path, $"'{Path}' is {whole}; it must be a whole number from {least} on.");
    }

    public bool? FlagOrNull() => Value.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong("true or false"),
    };

    public JsonElement? ElementOrNull() => IsNull ? null : Value;

    public InvalidChatRequestException Wrong(string expected) => new(Path,
        Value.ValueKind is JsonValueKind.Undefined
            ? $"'{Path}' is missing; it must be {expected}."
            : $"'{Path}' is {Found()}; it must be {expected}.");

    private string Found() => Value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "a boolean",
    };
}
