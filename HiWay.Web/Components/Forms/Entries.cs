using System.Reflection;
using System.Text.Json;

namespace HiWay.Web.Components.Forms;

/// <summary>
/// What stood in a form when it was sent. A save takes its time, and what people go on typing meanwhile is not part of it; the
/// form of what was saved takes it over, field by field:
/// <code>
/// var sent = Entries.Of(form);
/// …
/// _form = sent.Meanwhile(form, new SecurityForm(saved.Value));
/// </code>
/// </summary>
public sealed class Entries
{
    private readonly Dictionary<string, string> _sent;

    private Entries(Dictionary<string, string> sent) => _sent = sent;

    /// <param name="form">Its fields are its properties with a setter.</param>
    public static Entries Of(object form) => new(Fields(form).ToDictionary(field => field.Name, field => Text(field, form)));

    /// <summary><paramref name="saved"/>, with the fields of <paramref name="typed"/> that changed since it was sent.</summary>
    public T Meanwhile<T>(T typed, T saved)
        where T : notnull
    {
        foreach (var field in Fields(typed).Where(field => Text(field, typed) != _sent[field.Name]))
        {
            field.SetValue(saved, field.GetValue(typed));
        }

        return saved;
    }

    private static IEnumerable<PropertyInfo> Fields(object form) =>
        form.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(property => property is { CanRead: true, CanWrite: true });

    // As text, since lists and tables of entries have no equality of their own.
    private static string Text(PropertyInfo field, object form) => JsonSerializer.Serialize(field.GetValue(form), field.PropertyType);
}
