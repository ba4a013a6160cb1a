using System.Diagnostics;
using System.Runtime.CompilerServices;
using HiWay.Domain.Budgets;
using HiWay.Domain.Errors;
using HiWay.Domain.Guardian;
using HiWay.Domain.Metering;
using HiWay.Domain.Pricing;
using HiWay.Domain.Privacy;
using HiWay.Domain.Shield;
using HiWay.Infrastructure.Budgets;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Limits;
using HiWay.Infrastructure.Metering;
using HiWay.Infrastructure.Snapshots;
using HiWay.Web.Gateway.Clients;
using HiWay.Web.Gateway.Contents;
using HiWay.Web.Gateway.Operations;
using HiWay.Web.Gateway.Upstream;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway;

/// <summary>Where a call came in.</summary>
internal enum CallOrigin
{
    /// <summary>Over HTTP, with a key.</summary>
    Key,

    /// <summary>From the dashboard, without a key.</summary>
    Playground,

    /// <summary>From HiWay itself: an answer is to be rated. Its stand-in key has a cap and a name in the books.</summary>
    Judge,
}

/// <summary>
/// One call on its way through the stages. Each member says which stage fills it; reading one too early is a clear exception
/// and not a null.
/// </summary>
internal sealed class GatewayCall(HttpContext http, string requestId, DateTimeOffset arrivedAt, long startedAt) : IDisposable
{
    public HttpContext Http { get; } = http;

    /// <summary><c>req_</c> + ULID of <see cref="ArrivedAt"/>.</summary>
    public string RequestId { get; } = requestId;

    /// <summary>UTC, whole milliseconds.</summary>
    public DateTimeOffset ArrivedAt { get; } = arrivedAt;

    /// <summary><see cref="Stopwatch"/> ticks at arrival.</summary>
    public long StartedAt { get; } = startedAt;

    /// <summary>Where the call came in.</summary>
    public CallOrigin Origin { get; init; }

    /// <summary>What the client speaks.</summary>
    public IClientDialect Client { get; init; } = ClientDialects.OpenAiChat;

    /// <summary>What is asked for when the call is no conversation; null for chat in any dialect.</summary>
    public Operation? Operation { get; init; }

    /// <summary>What the client speaks, as usage rows spell it.</summary>
    public string Dialect => Operation?.Name ?? Client.Name;

    /// <summary>The route that was called.</summary>
    public string Endpoint => Operation?.Endpoint ?? Client.Endpoint;

    /// <summary>Filled by Authenticate.</summary>
    public WorkspaceSnapshot Workspace { get => field ?? throw TooEarly(); set; }

    /// <summary>Filled by Authenticate.</summary>
    public WorkspaceKey Key { get => field ?? throw TooEarly(); set; }

    /// <summary>Whether <see cref="Workspace"/> and <see cref="Key"/> are known, so that the call can be metered.</summary>
    public bool Authenticated { get; set; }

    /// <summary>Filled by ReadBody; given back once an answer is committed.</summary>
    public ChatBody Body
    {
        get => field ?? throw TooEarly();
        set
        {
            field = value;
            HasBody = true;
            RequestedModel = value.Model;
            Streamed = value.Stream;
            EndUser = value.EndUser;
            RequestTags = value.Extras.Tags;
            Deadline = value.Extras.Deadline;
            PromptTokens = value.PromptTokens;
        }
    }

    public bool HasBody { get; private set; }

    /// <summary>What the books need of the body stays when the body is given back. Filled by ReadBody.</summary>
    public string RequestedModel { get; private set; } = "";

    public bool Streamed { get; private set; }

    public string? EndUser { get; private set; }

    /// <summary>Whom the call is made for: the header `X-HiWay-User`, else the body's `user`; cut to what is kept.</summary>
    public string? EndUserName
    {
        get
        {
            var header = Http.Request.Headers["X-HiWay-User"].ToString();
            var user = header.Length > 0 ? header : EndUser;
            return user is { Length: > SpendScope.LongestEndUser } ? user[..SpendScope.LongestEndUser] : user;
        }
    }

    public IReadOnlyList<string> RequestTags { get; private set; } = [];

    /// <summary>The key's and the request's own.</summary>
    public IReadOnlyList<string> Tags => RequestTags.Count == 0 ? Key.Tags : [.. Key.Tags.Union(RequestTags)];

    /// <summary>As the books name the key; null for the playground.</summary>
    public string? KeyId => Origin is CallOrigin.Playground ? null : Key.Id;

    /// <summary>How long the caller waits from the arrival on; null leaves it to the installation's limit.</summary>
    public TimeSpan? Deadline { get; private set; }

    /// <summary>The time that is left for attempts; zero when it is over.</summary>
    /// <param name="limit">The installation's limit for a whole call.</param>
    public TimeSpan TimeLeft(TimeSpan limit)
    {
        var left = (Deadline < limit ? Deadline.Value : limit) - Stopwatch.GetElapsedTime(StartedAt);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>The caller's own time is over.</summary>
    public bool IsLate => Deadline is { } deadline && Stopwatch.GetElapsedTime(StartedAt) >= deadline;

    /// <summary>Estimate; see <see cref="ChatBody.PromptTokens"/>.</summary>
    public int PromptTokens { get; private set; }

    /// <summary>What Guardian remembers of the key; null where no rule needs it. Filled by Guardian.</summary>
    public KeyWatch? Watch { get; set; }

    /// <summary>Takes the answer's print as it passes, and the end of the prompt that it answers; null where nobody asks. Filled by Guardian.</summary>
    public TextPrinter? AnswerPrinter { get; set; }

    public byte[]? PromptTail { get; set; }

    /// <summary>The prompt is too long, and the workspace wants such calls one tier lower. Filled by Guardian.</summary>
    public bool Downgraded { get; set; }

    /// <summary>What Guardian did to a call that it let pass, for `_hiway`. Filled by Guardian.</summary>
    public GuardianNote? GuardianNote { get; set; }

    /// <summary>Prompt and answer for the request log. Filled before Dispatch, where the workspace keeps them.</summary>
    public KeptContent? Content { get; set; }

    /// <summary>A copy of the prompt's texts that the Shield looks at aside. Filled by Shield in monitor mode.</summary>
    public PromptCopy? ToWatch { get; set; }

    /// <summary>Takes an answer's texts for the monitor. Filled by Shield where the workspace wants its answers looked at.</summary>
    public Action<PromptCopy>? WatchAnswer { get; set; }

    /// <summary>The prompt's texts, kept for a judge; null for nearly all calls. Filled by the sampler.</summary>
    public PromptCopy? ToJudge { get; set; }

    /// <summary>What the client gets, for those who read it behind the call; null where nobody does. Filled by them before Deliver.</summary>
    public AnswerCopy? AnswerCopy { get; set; }

    /// <summary>What stands for masked values, to be put back into the answer; null when nothing was masked. Filled by Mask.</summary>
    public MaskedValues? Masked { get; set; }

    /// <summary>Filled by Guard: what the key has left this minute.</summary>
    public RateAdmission? Admission { get; set; }

    /// <summary>Filled by GuardFree, for calls of free models.</summary>
    public RateAdmission? FreeAdmission { get; set; }

    /// <summary>Tokens that Guard counted before anything was known; corrected by Settle.</summary>
    public long EstimatedTokens { get; set; }

    /// <summary>Whose spend the call is; null for calls that cost nothing. Filled by JudgeBudget.</summary>
    public SpendScope? Spend { get; set; }

    /// <summary>What decides how many tiers a routed call goes down: the strictest cap, or Guardian where it is stricter.</summary>
    public BudgetVerdict TierVerdict => Downgraded && BudgetVerdict < BudgetVerdict.Downgrade ? BudgetVerdict.Downgrade : BudgetVerdict;

    /// <summary>What the strictest cap says; ChooseChain goes down a tier for it. Filled by JudgeBudget.</summary>
    public BudgetVerdict BudgetVerdict { get; set; }

    /// <summary>Filled by ChooseChain.</summary>
    public RouteChoice Route { get => field ?? throw TooEarly(); set; }

    public bool HasRoute { get; set; }

    /// <summary>Names the conversation for prompt caches; null for short prompts. Filled by ChooseChain.</summary>
    public ConversationKey? Conversation { get; set; }

    /// <summary>Nobody is left to ask after the attempt that runs now.</summary>
    public bool IsLastAttempt => !ChainWalk.HasNext(this);

    /// <summary>The body in the inner form, once a translated attempt needed it.</summary>
    public ChatRequest? InnerRequest { get; set; }

    /// <summary>Filled by Reserve.</summary>
    public Reservation? Reservation { get; set; }

    /// <summary>What further attempts needed on top. Filled between attempts.</summary>
    public List<Reservation>? FurtherReservations { get; set; }

    /// <summary>All of it in US dollars; 0 without a cap.</summary>
    public decimal ReservedUsd { get; set; }

    /// <summary>The journal's note that the call is under way; 0 without one. Filled before each attempt, closed by Settle.</summary>
    public int OpenNote { get; set; }

    /// <summary>Where that note is. Filled with it.</summary>
    public IUsageJournal OpenNotes { get => field ?? throw TooEarly(); set; }

    /// <summary>Every try at a deployment, the answering one last. Filled by Dispatch, completed by Settle.</summary>
    public List<Attempt> Attempts { get; } = new(1);

    public Attempt? LastAttempt => Attempts.Count > 0 ? Attempts[^1] : null;

    /// <summary>One line per stage that ran.</summary>
    public List<StageRecord> Trace { get; } = new(12);

    /// <summary>Stopwatch ticks at the end of the stage that wrote its line last.</summary>
    public long TracedUntil { get; set; } = startedAt;

    /// <summary>Set when a stage refused or every attempt failed.</summary>
    public GatewayError? Error { get; set; }

    /// <summary>The status that the client gets or got.</summary>
    public int Status { get; set; } = 200;

    public EndReason EndReason { get; set; } = EndReason.Completed;

    /// <summary>Stopwatch ticks at the first content for the client; 0 without content.</summary>
    public long FirstContentAt { get; set; }

    /// <summary>HiWay's own share of the time until the answer began; set when it begins.</summary>
    public double OverheadMs { get; set; }

    public bool Settled { get; set; }

    public Cost Cost { get; set; }

    /// <summary>How the strictest cap stands once this call is paid for; null without a cap. Filled by Settle.</summary>
    public CapStanding? Budget { get; set; }

    public decimal BaselineUsd { get; set; }

    public double ElapsedMs => Stopwatch.GetElapsedTime(StartedAt).TotalMilliseconds;

    public void Dispose()
    {
        ToWatch?.Dispose();
        ToJudge?.Dispose();
        if (HasBody)
        {
            HasBody = false;
            Body.Dispose();
        }
    }

    private static InvalidOperationException TooEarly([CallerMemberName] string member = "") =>
        new($"{member} is read before the stage that fills it has run.");
}
