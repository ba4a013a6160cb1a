using HiWay.Domain.Pricing;

namespace HiWay.Web.Components.Forms;

/// <summary>A price list as typed, with every kind of token that the API knows: US dollars per million.</summary>
public sealed class PriceFields
{
    /// <summary>Those that most models have.</summary>
    public static IReadOnlyList<(string Field, string Label)> Usual { get; } =
        [("input", "Input"), ("output", "Output"), ("cache_read", "Cache read"), ("cache_write_5m", "Cache write, 5 min"), ("cache_write_1h", "Cache write, 1 h")];

    public static IReadOnlyList<(string Field, string Label)> Further { get; } =
        [("reasoning", "Reasoning"), ("audio_input", "Audio input"), ("audio_output", "Audio output"), ("image_input", "Image input"), ("image_output", "Image output")];

    /// <summary>Said at a price that has to be there.</summary>
    public const string Needed = "Needed: a price that is left out counts as unknown, not as free.";

    private readonly Dictionary<string, string> _typed = [];
    private readonly Dictionary<string, string> _before;

    public PriceFields(TokenPrice? price)
    {
        Fill(price);
        _before = new(_typed);
    }

    public string this[string field]
    {
        get => _typed[field];
        set => _typed[field] = value;
    }

    public bool IsChanged => _typed.Any(pair => pair.Value.Trim() != _before[pair.Key]);

    public bool IsBlank => _typed.Values.All(string.IsNullOrWhiteSpace);

    public void Fill(TokenPrice? price)
    {
        foreach (var (field, _) in Usual.Concat(Further))
        {
            _typed[field] = FieldText.Of(Of(price, field));
        }
    }

    /// <summary>The price of one kind of token; null when it has none of its own.</summary>
    public static decimal? Of(TokenPrice? price, string field) => field switch
    {
        "input" => price?.Input,
        "output" => price?.Output,
        "cache_read" => price?.CacheRead,
        "cache_write_5m" => price?.CacheWrite5m,
        "cache_write_1h" => price?.CacheWrite1h,
        "reasoning" => price?.Reasoning,
        "audio_input" => price?.AudioInput,
        "audio_output" => price?.AudioOutput,
        "image_input" => price?.ImageInput,
        "image_output" => price?.ImageOutput,
        _ => throw new ArgumentOutOfRangeException(nameof(field), field, null),
    };

    /// <summary>What was typed; where something cannot be read, the errors say what.</summary>
    /// <param name="chats">Such a model is never without the two prices that every call needs.</param>
    public TokenPrice ToPrice(bool chats, FieldErrors errors)
    {
        var price = new TokenPrice
        {
            Input = Read("input"),
            Output = Read("output"),
            CacheRead = Read("cache_read"),
            CacheWrite5m = Read("cache_write_5m"),
            CacheWrite1h = Read("cache_write_1h"),
            Reasoning = Read("reasoning"),
            AudioInput = Read("audio_input"),
            AudioOutput = Read("audio_output"),
            ImageInput = Read("image_input"),
            ImageOutput = Read("image_output"),
        };
        foreach (var field in (string[])["input", "output"])
        {
            if (chats && Of(price, field) is null)
            {
                errors.Add("prices." + field, Needed);
            }
        }

        return price;

        decimal? Read(string field) => FieldText.Usd(_typed[field], "prices." + field, errors);
    }
}
