using System.Text.Json;
using HiWay.Domain.Errors;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Operations;

/// <summary>What a call for pictures asks for, as far as money and other upstreams need it. Fields that HiWay does not know pass through.</summary>
internal sealed record ImageWishes
{
    /// <summary>The API's own limit.</summary>
    public const int MostImages = 10;

    /// <summary>The same for pictures that go in.</summary>
    public const int MostInputImages = 16;

    private const int MostPartialImages = 3;

    public string Prompt { get; private set; } = "";

    /// <summary>Pictures wanted; null while nothing was said.</summary>
    public int? Count { get; private set; }

    /// <summary><c>1024x1536</c> or <c>auto</c>; null when absent.</summary>
    public string? Size { get; private set; }

    public string? Quality { get; private set; }

    public string? OutputFormat { get; private set; }

    /// <summary>Pictures come as addresses and not as base64.</summary>
    public bool WantsUrl { get; private set; }

    /// <summary>Unfinished pictures that a stream shows first.</summary>
    public int PartialImages { get; private set; }

    /// <summary>Pictures that go in, of a JSON body or of a form.</summary>
    public int InputImages { get; set; }

    /// <summary>Fields that only OpenAI's own API knows.</summary>
    public List<string> Others { get; } = [];

    /// <summary>Takes one member of a JSON body; leaves the reader on its last token.</summary>
    public GatewayError? Read(ref Utf8JsonReader json, string name, ChatBody body)
    {
        switch (name)
        {
            case "prompt":
                return json.TokenType == JsonTokenType.String && !json.ValueSpan.IsEmpty ? Take(name, json.GetString()!) : Invalid("'prompt' must be a text.", name);
            case "n":
                return json.TokenType == JsonTokenType.Null ? null
                    : json.TokenType == JsonTokenType.Number && json.TryGetInt32(out var count) && count is >= 1 and <= MostImages ? TakeCount(count)
                    : Invalid($"'n' must be a whole number from 1 to {MostImages}.", name);
            case "partial_images":
                return json.TokenType == JsonTokenType.Null ? null
                    : json.TokenType == JsonTokenType.Number && json.TryGetInt32(out var partial) && partial is >= 0 and <= MostPartialImages ? TakePartial(partial)
                    : Invalid($"'partial_images' must be a whole number from 0 to {MostPartialImages}.", name);
            case "stream":
                if (json.TokenType is not (JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null))
                {
                    return Invalid("'stream' must be true or false.", name);
                }

                body.Stream = json.TokenType == JsonTokenType.True;
                return null;
            case "size" or "quality" or "response_format" or "output_format":
                if (json.TokenType == JsonTokenType.Null)
                {
                    return null;
                }

                return json.TokenType == JsonTokenType.String ? Take(name, json.GetString()!) : Invalid($"'{name}' must be a text.", name);
            case "images" or "image":
                return ReadPictures(ref json, name);
            default:
                Others.Add(name);
                json.Skip();
                return null;
        }
    }

    /// <summary>Takes one field of a form.</summary>
    public GatewayError? Take(string name, string value)
    {
        switch (name)
        {
            case "prompt":
                Prompt = value;
                return value.Length > 0 ? null : Invalid("'prompt' must be a text.", name);
            case "n":
                return int.TryParse(value, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= MostImages
                    ? TakeCount(count)
                    : Invalid($"'n' must be a whole number from 1 to {MostImages}.", name);
            case "size":
                Size = value;
                return null;
            case "quality":
                Quality = value;
                return null;
            case "output_format":
                OutputFormat = value;
                return null;
            case "partial_images":
                return int.TryParse(value, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var partial) && partial <= MostPartialImages
                    ? TakePartial(partial)
                    : Invalid($"'partial_images' must be a whole number from 0 to {MostPartialImages}.", name);
            case "response_format":
                WantsUrl = value == "url";
                return value is "url" or "b64_json" ? null : Invalid("'response_format' must be url or b64_json.", name);
            default:
                Others.Add(name);
                return null;
        }
    }

    private GatewayError? TakeCount(int count)
    {
        Count = count;
        return null;
    }

    private GatewayError? TakePartial(int count)
    {
        PartialImages = count;
        return null;
    }

    /// <summary>One picture or a list: objects that name one by address or by file id, or (from careless clients) the address itself.</summary>
    private GatewayError? ReadPictures(ref Utf8JsonReader json, string name)
    {
        InputImages = 0;
        if (json.TokenType is JsonTokenType.Null)
        {
            return null;
        }

        if (json.TokenType is not JsonTokenType.StartArray)
        {
            return ReadPicture(ref json, name);
        }

        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (ReadPicture(ref json, $"{name}[{InputImages}]") is { } wrong)
            {
                return wrong;
            }
        }

        return InputImages > MostInputImages ? Invalid($"'{name}' holds {InputImages} pictures; the API takes at most {MostInputImages}.", name) : null;
    }

    private GatewayError? ReadPicture(ref Utf8JsonReader json, string path)
    {
        var named = json.TokenType is JsonTokenType.String && !json.ValueSpan.IsEmpty;
        if (json.TokenType is JsonTokenType.StartObject)
        {
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var names = json.ValueTextEquals("image_url"u8) || json.ValueTextEquals("file_id"u8);
                json.Read();
                named |= names && json.TokenType is not JsonTokenType.Null;
                json.Skip();
            }
        }

        InputImages++;
        return named ? null : Invalid($"'{path}' must be an object that names a picture by 'image_url' (an https: or data: address) or 'file_id'.", path);
    }

    private static GatewayError Invalid(string message, string param) => new(GatewayErrorKind.InvalidRequest, message, param);
}
