using HiWay.Domain.Errors;

namespace HiWay.Web.Components.Forms;

/// <summary>What is wrong with a form, field by field. Fields are named as the API names them, so a refusal finds its place.</summary>
public sealed class FieldErrors
{
    private readonly Dictionary<string, string> _byField = new(StringComparer.Ordinal);

    /// <summary>What belongs to no field that the form shows.</summary>
    public string? General { get; private set; }

    public bool Any => General is not null || _byField.Count > 0;

    /// <summary>The first thing said of a field is kept.</summary>
    public void Add(string field, string message) => _byField.TryAdd(field, message);

    /// <summary>What is wrong with one field; null when nothing is.</summary>
    public string? this[string field] => _byField.GetValueOrDefault(field);

    public bool Has(string field) => _byField.ContainsKey(field);

    /// <summary>Puts an application's no where the reader can act on it.</summary>
    /// <param name="shown">The fields of the form; <c>allowed_models[2]</c> belongs to <c>allowed_models</c>.</param>
    public void Add(Refusal refusal, params ReadOnlySpan<string> shown)
    {
        var field = refusal.Param is { } param && param.IndexOfAny(['[', '.']) is var end and >= 0 ? param[..end] : refusal.Param;
        if (field is not null && shown.Contains(field))
        {
            Add(field, refusal.Message);
        }
        else
        {
            General ??= refusal.Message;
        }
    }

    public void Clear()
    {
        General = null;
        _byField.Clear();
    }
}
