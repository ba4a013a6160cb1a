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
    /// <remarks>
    /// A field that was saved as it had been typed keeps its very value: a row of a list that is on the page stays a row of the form, for
    /// what is still on its way to it.
    /// </remarks>
    public T Meanwhile<T>(T typed, T saved)
        where T : notnull
    {
        foreach (var field in Fields(typed))
        {
            var text = Text(field, typed);
            if (text != _sent[field.Name] || text == Text(field, saved))
            {
                field.SetValue(saved, field.GetValue(typed));
            }
        }

        return saved;
    }

    private static IEnumerable<PropertyInfo> Fields(object form) =>
        form.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(property => property is { CanRead: true, CanWrite: true });

    // As text, since lists and tables of entries have no equality of their own.
    private static string Text(PropertyInfo field, object form) => JsonSerializer.Serialize(field.GetValue(form), field.PropertyType);
}
