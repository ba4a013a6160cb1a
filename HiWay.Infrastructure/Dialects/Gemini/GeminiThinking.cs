using System.Text.Json;
using HiWay.Infrastructure.Dialects.Inner;

namespace HiWay.Infrastructure.Dialects.Gemini;

/// <summary>Writes <c>thinkingConfig</c>: a budget of tokens, or from Gemini 3 on a word.</summary>
internal sealed class GeminiThinking(GeminiModel model, string modelName, Utf8JsonWriter json, ICollection<string> dropped)
{
    public void Write(ReasoningSettings? settings)
    {
        if (settings is not { } reasoning)
        {
            return;
        }

        var off = reasoning.Effort == "none" || reasoning is { BudgetTokens: 0 };
        if (model.HasThinkingLevel)
        {
            WriteThinkingConfig(!off, () => json.WriteString("thinkingLevel", Level(reasoning, off)));
        }
        else if (model.HasThinkingBudget)
        {
            var (least, most) = model.Budgets(modelName);
            var budget = off ? 0 : Math.Clamp(reasoning.BudgetTokens ?? BudgetOf(reasoning.Effort), least, most);
            if (off && model.IsPro)
            {
                // 2.5 Pro cannot stop thinking.
                budget = least;
                dropped.Add("reasoning_effort");
            }

            WriteThinkingConfig(!off, () => json.WriteNumber("thinkingBudget", budget));
        }
        else if (!off)
        {
            dropped.Add("reasoning_effort");
        }
    }

    private void WriteThinkingConfig(bool showThoughts, Action writeAmount)
    {
        json.WriteStartObject("thinkingConfig");
        json.WriteBoolean("includeThoughts", showThoughts);
        writeAmount();
        json.WriteEndObject();
    }

    private string Level(ReasoningSettings reasoning, bool off)
    {
        if (off)
        {
            dropped.Add("reasoning_effort");   // it can be lowered but not stopped
        }

        var word = off ? "minimal" : reasoning.Effort ?? reasoning.BudgetTokens switch
        {
            <= 2048 => "low",
            <= 10_000 => "medium",
            _ => "high",
        };
        return word switch
        {
            "minimal" => model.IsPro ? "LOW" : "MINIMAL",
            "low" => "LOW",

            // Gemini 3 Pro knows only low and high; 3.1 Pro has learnt medium.
            "medium" => model is { IsPro: true, Version: 300 } ? "HIGH" : "MEDIUM",
            _ => "HIGH",
        };
    }

    /// <summary>As Google's own OpenAI-compatible endpoint translates the words.</summary>
    private static int BudgetOf(string? effort) => effort switch
    {
        "minimal" or "low" => 1024,
        "medium" => 8192,
        _ => 24_576,
    };
}
