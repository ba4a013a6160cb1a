using HiWay.Infrastructure.Alerts;
using HiWay.Web.Components.Forms;

namespace HiWay.Web.Pages.Webhooks;

/// <summary>What a person fills in to make or change a webhook.</summary>
public sealed class WebhookForm
{
    /// <summary>The fields that can show an error, as the API names them.</summary>
    public static readonly string[] Fields = ["name", "kind", "url", "secret", "events", "filter"];

    public string Name { get; set; } = "";

    public string Kind { get; set; } = "webhook";

    public string Url { get; set; } = "";

    /// <summary>Blank makes one, and leaves an existing one.</summary>
    public string Secret { get; set; } = "";

    public bool AllEvents { get; set; } = true;

    public HashSet<string> Events { get; private init; } = new(StringComparer.Ordinal);

    /// <summary>Blank takes both.</summary>
    public string Filter { get; set; } = "";

    public bool Enabled { get; set; } = true;

    /// <summary>What the address was; a chat service's is masked and stays unless another one is typed.</summary>
    public string? ShownUrl { get; private init; }

    public static WebhookForm Of(WebhookView webhook) => new()
    {
        Name = webhook.Name,
        Kind = webhook.Kind,
        Url = webhook.Kind is "webhook" or "email" ? webhook.Url : "",
        ShownUrl = webhook.Url,
        AllEvents = webhook.Events is null,
        Events = new(webhook.Events ?? [], StringComparer.Ordinal),
        Filter = webhook.Filter ?? "",
        Enabled = webhook.Enabled,
    };

    public void Choose(string type, bool chosen)
    {
        _ = chosen ? Events.Add(type) : Events.Remove(type);
    }

    /// <summary>The draft to send; null when something is missing, and then the errors say what.</summary>
    public WebhookDraft? ToDraft(FieldErrors errors)
    {
        errors.Clear();
        if (string.IsNullOrWhiteSpace(Name))
        {
            errors.Add("name", "Give it a name, such as the channel or the program.");
        }

        if (string.IsNullOrWhiteSpace(Url) && ShownUrl is null)
        {
            errors.Add("url", Kind == "email" ? "Enter the mail address that alerts go to." : "Enter the address that alerts are posted to.");
        }

        return errors.Any ? null : new WebhookDraft
        {
            Name = Name.Trim(),
            Kind = Kind,
            Url = string.IsNullOrWhiteSpace(Url) || Url == ShownUrl ? null : Url.Trim(),
            Secret = Kind == "webhook" && Secret.Trim().Length > 0 ? Secret.Trim() : null,
            Events = AllEvents ? null : [.. Events],
            Filter = Filter.Length > 0 ? Filter : null,
            Enabled = Enabled,
        };
    }
}
