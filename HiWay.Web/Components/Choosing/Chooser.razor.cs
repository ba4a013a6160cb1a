using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace HiWay.Web.Components.Choosing;

public sealed partial class Chooser : ComponentBase
{
    /// <summary>Rows that are drawn at once; a search narrows the rest.</summary>
    private const int MostShown = 60;

    private readonly string _listId = $"list-{Guid.NewGuid():N}";
    private readonly string _noForm = $"none-{Guid.NewGuid():N}";
    private string _typed = "";
    private bool _open;
    private int _at = -1;
    private IReadOnlyList<Choice> _shown = [];
    private int _more;

    [Parameter, EditorRequired] public IReadOnlyList<Choice> Choices { get; set; } = [];

    [Parameter, EditorRequired] public IReadOnlyList<string> Values { get; set; } = [];

    [Parameter] public EventCallback<IReadOnlyList<string>> ValuesChanged { get; set; }

    /// <summary>Exactly one is chosen, and choosing another replaces it.</summary>
    [Parameter] public bool Single { get; set; }

    [Parameter, EditorRequired] public string Label { get; set; } = "";

    [Parameter] public string? Placeholder { get; set; }

    [Parameter] public bool Invalid { get; set; }

    [Parameter] public bool Disabled { get; set; }

    [Parameter] public string? InputId { get; set; }

    [Parameter] public string? Class { get; set; }

    private string Typed => Single && !_open ? Values.FirstOrDefault() ?? "" : _typed;

    private string OptionId(int at) => $"{_listId}-{at}";

    private void Open()
    {
        if (!_open && !Disabled)
        {
            _open = true;
            _typed = "";
            Narrow();
        }
    }

    private void Close() => _open = false;

    private void OnTyped(string? typed)
    {
        _typed = typed ?? "";
        _open = true;
        Narrow();
    }

    private void Narrow()
    {
        var matching = ModelChoices.Matching(Choices, _typed).ToList();
        _shown = matching.Count > MostShown ? matching[..MostShown] : matching;
        _more = matching.Count - _shown.Count;
        _at = _shown.Count == 0 ? -1 : 0;
    }

    private async Task OnKeyAsync(KeyboardEventArgs pressed)
    {
        switch (pressed.Key)
        {
            case "ArrowDown" when !_open:
                Open();
                break;
            case "ArrowDown":
                _at = Math.Min(_at + 1, _shown.Count - 1);
                break;
            case "ArrowUp":
                _at = Math.Max(_at - 1, 0);
                break;
            case "Enter" when _open && _at >= 0 && _at < _shown.Count:
                await TakeAsync(_shown[_at]);
                break;
            case "Escape":
                Close();
                break;
            case "Backspace" when !Single && _typed.Length == 0 && Values.Count > 0:
                await RemoveAsync(Values[^1]);
                break;
        }
    }

    private async Task TakeAsync(Choice choice)
    {
        if (Single)
        {
            _open = false;
            await ValuesChanged.InvokeAsync([choice.Value]);
        }
        else if (Values.Contains(choice.Value))
        {
            await RemoveAsync(choice.Value);
        }
        else
        {
            // The list stays open and keeps its place: people choose several in a row.
            await ValuesChanged.InvokeAsync([.. Values, choice.Value]);
        }
    }

    private Task RemoveAsync(string value) => ValuesChanged.InvokeAsync([.. Values.Where(v => v != value)]);
}
