using HiWay.Domain.Guardian;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.Framing;
using HiWay.Web.Gateway.Guardian;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Operations.Providers;

/// <summary>Reads along while an answer is relayed, and says in the end what it used.</summary>
internal sealed class ProviderUsage : IDisposable
{
    /// <summary>A JSON answer larger than this is not kept for a look at its usage.</summary>
    private const int MostJsonBytes = 16 * 1024 * 1024;

    private readonly ProviderCallFacts _facts;
    private readonly UsageScan _scan;
    private readonly bool _isStream;
    private readonly bool _isJson;
    private readonly bool _succeeded;
    private readonly int _promptTokens;
    private readonly TextPrinter? _printer;
    private readonly RentedBuffer _held = new(4 * 1024);
    private StreamEventReader _events;
    private bool _broken;
    private long _bytes;

    /// <param name="printer">Takes the answer's texts as they pass; null where nobody asks.</param>
    public ProviderUsage(ProviderCallFacts facts, IUpstreamDialect dialect, HttpResponseMessage response, int promptTokens, TextPrinter? printer)
    {
        _printer = printer;
        _facts = facts;
        _promptTokens = promptTokens;
        _succeeded = response.IsSuccessStatusCode;
        _scan = new UsageScan(dialect.Kind);
        var type = response.Content.Headers.ContentType?.MediaType ?? "";
        _isStream = type is "text/event-stream" or "application/vnd.amazon.eventstream" or "application/x-ndjson";
        _isJson = type.EndsWith("json", StringComparison.OrdinalIgnoreCase);
        _events = new StreamEventReader(type == "application/vnd.amazon.eventstream" ? StreamFraming.AwsEventStream
            : type == "application/x-ndjson" ? StreamFraming.JsonLines : StreamFraming.ServerSentEvents);
    }

    public void Take(ReadOnlySpan<byte> bytes)
    {
        _bytes += bytes.Length;
        if (_broken || !_succeeded || !(_isStream || _isJson))
        {
            return;
        }

        System.Buffers.BuffersExtensions.Write(_held, bytes);
        if (_isStream)
        {
            ReadEvents();
        }
        else if (_held.Length > MostJsonBytes)
        {
            _broken = true;
            _held.Clear();
        }
    }

    /// <summary>What the call used, and whether that is an estimate.</summary>
    /// <remarks>
    /// A call that may cost and does not tell is estimated where its price is known; where it is not, it counts as one request without a
    /// price, which shows it as unpriced.
    /// </remarks>
    public (TokenUsage Usage, bool Estimated) End(bool priced)
    {
        if (!_broken && _succeeded)
        {
            if (_isStream)
            {
                ReadRest();
            }
            else if (_isJson && _held.Length > 0)
            {
                _scan.Whole(_held.Span);
                Print(_held.Span);
            }
        }

        return SoFar(priced);
    }

    /// <summary>The same while the answer comes.</summary>
    public (TokenUsage Usage, bool Estimated) SoFar(bool priced)
    {
        if (_scan.Usage is { } told)
        {
            return (told, false);
        }

        if (!_succeeded || _facts.IsFree)
        {
            return (default, false);
        }

        return priced && _facts.Model is not null
            ? (new TokenUsage { Input = _promptTokens, Output = _isStream ? Math.Max(_scan.Events, _bytes / 400) : _bytes / 4 }, true)
            : (new TokenUsage { Units = new() { Requests = 1 } }, false);
    }

    public void Dispose()
    {
        _events.Dispose();
        _held.Dispose();
    }

    private void Print(ReadOnlySpan<byte> json)
    {
        if (_printer is not null)
        {
            AnswerWords.Add(_printer, json);
        }
    }

    private void ReadEvents()
    {
        try
        {
            while (_held.Length > 0 && _events.TryRead(_held.Span, out var found))
            {
                if (found.HasData)
                {
                    _scan.Event(found.Name, found.Data);
                    Print(found.Data);
                }

                _held.Consume(found.Raw.Length);
            }
        }
        catch (InvalidDataException)
        {
            _broken = true;   // the client gets the bytes all the same
        }
    }

    private void ReadRest()
    {
        try
        {
            while (_held.Length > 0 && _events.TryReadRest(_held.Span, out var found))
            {
                if (found.HasData)
                {
                    _scan.Event(found.Name, found.Data);
                    Print(found.Data);
                }

                _held.Consume(found.Raw.Length);
            }
        }
        catch (InvalidDataException)
        {
            _broken = true;
        }
    }
}
