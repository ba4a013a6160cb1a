using HiWay.Domain.Errors;
using HiWay.Infrastructure.Database;

namespace HiWay.Web.Management;

/// <summary>From what the application says to what the caller gets. A refusal becomes the error envelope, whatever the call was.</summary>
internal static class Answers
{
    /// <summary>200 with the value, or with what <paramref name="shape"/> makes of it.</summary>
    public static IResult Ok<T>(this Outcome<T> outcome, Func<T, object>? shape = null) => Json(outcome, StatusCodes.Status200OK, shape);

    public static IResult Created<T>(this Outcome<T> outcome, Func<T, object>? shape = null) => Json(outcome, StatusCodes.Status201Created, shape);

    /// <summary>204: done, and nothing to say.</summary>
    public static IResult NoContent<T>(this Outcome<T> outcome) =>
        outcome.Refusal is { } refusal ? new RefusalAnswer(refusal) : new JsonAnswer(StatusCodes.Status204NoContent, null);

    /// <summary>200 with what needed no judgement.</summary>
    public static IResult Ok<T>(T value)
        where T : notnull => new JsonAnswer(StatusCodes.Status200OK, value);

    /// <summary>For the few answers whose shape another standard sets.</summary>
    public static IResult Status(int status, object value) => new JsonAnswer(status, value);

    public static IResult List<T>(IReadOnlyList<T> all) => new JsonAnswer(StatusCodes.Status200OK, new { Data = all, NextCursor = (string?)null });

    /// <summary>A list that always comes whole, in the shape of all lists.</summary>
    public static IResult List<T>(this Outcome<IReadOnlyList<T>> outcome, Func<T, object>? shape = null) =>
        outcome.Ok(all => new { Data = Shape(all, shape), NextCursor = (string?)null });

    public static IResult Page<T>(this Outcome<Page<T>> outcome, Func<T, object>? shape = null) =>
        outcome.Ok(page => new { Data = Shape(page.Data, shape), page.NextCursor });

    public static IResult Refused(this Refusal refusal) => new RefusalAnswer(refusal);

    private static IResult Json<T>(Outcome<T> outcome, int status, Func<T, object>? shape) =>
        outcome.Refusal is { } refusal ? new RefusalAnswer(refusal) : new JsonAnswer(status, shape is null ? outcome.Value : shape(outcome.Value));

    private static IReadOnlyList<object?> Shape<T>(IReadOnlyList<T> rows, Func<T, object>? shape) =>
        [.. rows.Select(row => shape is null ? (object?)row : shape(row))];

    private sealed class RefusalAnswer(Refusal refusal) : IResult
    {
        public Task ExecuteAsync(HttpContext http) => ManagementErrors.WriteAsync(http, refusal);
    }

    private sealed class JsonAnswer(int status, object? value) : IResult
    {
        public Task ExecuteAsync(HttpContext http)
        {
            http.Response.StatusCode = status;
            http.Response.Headers.CacheControl = "no-store";   // answers hold settings and, once, secrets
            return value is null
                ? Task.CompletedTask
                : http.Response.WriteAsJsonAsync(value, value.GetType(), ManagementJson.Options, "application/json; charset=utf-8", http.RequestAborted);
        }
    }
}
