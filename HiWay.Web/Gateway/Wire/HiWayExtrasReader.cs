using System.Text.Json;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Errors;

namespace HiWay.Web.Gateway.Wire;

/// <summary>Reads the `hiway` object of a body; unknown members in it are refused, because a misspelt wish would go unheard.</summary>
internal static class HiWayExtrasReader
{
    private const int LongestDeadlineMs = 3_600_000;

    public static GatewayError? Read(ref Utf8JsonReader json, ChatBody body)
    {
        if (json.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (json.TokenType != JsonTokenType.StartObject)
        {
            return ChatBodyScanner.Invalid("'hiway' must be an object.", "hiway");
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("tier"u8))
            {
                json.Read();
                var tier = json.TokenType == JsonTokenType.String ? json.GetString() : null;
                if (TierNames.Parse(tier) is null or Tier.None)
                {
                    return ChatBodyScanner.Invalid("'hiway.tier' must be one of ultra_light, light, standard, heavy, web_search, image.", "hiway.tier");
                }

                body.Extras = body.Extras with { Tier = tier };
            }
            else if (json.ValueTextEquals("profile"u8))
            {
                json.Read();
                var profile = json.TokenType == JsonTokenType.String ? json.GetString() : null;
                if (profile is not ("budget" or "balanced" or "quality"))
                {
                    return ChatBodyScanner.Invalid("'hiway.profile' must be one of budget, balanced, quality.", "hiway.profile");
                }

                body.Extras = body.Extras with { Profile = profile };
            }
            else if (json.ValueTextEquals("max_cost_usd"u8))
            {
                json.Read();
                if (json.TokenType != JsonTokenType.Number || !json.TryGetDecimal(out var limit) || limit < 0)
                {
                    return ChatBodyScanner.Invalid("'hiway.max_cost_usd' must be a number of US dollars, 0 or more.", "hiway.max_cost_usd");
                }

                body.Extras = body.Extras with { MaxCostUsd = limit };
            }
            else if (json.ValueTextEquals("deadline_ms"u8))
            {
                json.Read();
                if (json.TokenType != JsonTokenType.Number || !json.TryGetInt32(out var ms) || ms is < 1 or > LongestDeadlineMs)
                {
                    return ChatBodyScanner.Invalid($"'hiway.deadline_ms' must be a whole number of milliseconds from 1 to {LongestDeadlineMs}.", "hiway.deadline_ms");
                }

                body.Extras = body.Extras with { Deadline = TimeSpan.FromMilliseconds(ms) };
            }
            else if (json.ValueTextEquals("tags"u8))
            {
                json.Read();
                if (ReadTags(ref json) is not { } tags)
                {
                    return ChatBodyScanner.Invalid("'hiway.tags' must be an array of at most 20 strings of at most 64 characters.", "hiway.tags");
                }

                body.Extras = body.Extras with { Tags = tags };
            }
            else if (json.ValueTextEquals("strict"u8))
            {
                json.Read();
                if (json.TokenType is not (JsonTokenType.True or JsonTokenType.False))
                {
                    return ChatBodyScanner.Invalid("'hiway.strict' must be true or false.", "hiway.strict");
                }

                body.Extras = body.Extras with { Strict = json.TokenType == JsonTokenType.True };
            }
            else
            {
                var name = json.GetString();
                return ChatBodyScanner.Invalid($"'hiway.{name}' is not known. Known are tier, profile, tags, max_cost_usd, deadline_ms, strict.", $"hiway.{name}");
            }
        }

        return null;
    }

    private static List<string>? ReadTags(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartArray)
        {
            return null;
        }

        var tags = new List<string>();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.String || json.GetString() is not { Length: > 0 and <= 64 } tag || tags.Count == 20)
            {
                return null;
            }

            tags.Add(tag);
        }

        return tags;
    }
}
