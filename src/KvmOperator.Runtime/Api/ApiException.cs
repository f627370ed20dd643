using System.Net;

namespace KvmOperator.Runtime.Api;

/// <summary>The API server answered with an error.</summary>
public sealed class ApiException : Exception
{
    /// <summary>Creates the error of an answer.</summary>
    public ApiException(HttpStatusCode status, string reason, string message)
        : base(message)
    {
        Status = status;
        Reason = reason;
    }

    /// <summary>The HTTP status.</summary>
    public HttpStatusCode Status { get; }

    /// <summary>The server's machine-readable reason, for example <c>NotFound</c>; empty when it gave none.</summary>
    public string Reason { get; }

    /// <summary>The object does not exist.</summary>
    public bool IsNotFound => Status == HttpStatusCode.NotFound;

    /// <summary>The object was changed by somebody else, or exists already.</summary>
    public bool IsConflict => Status == HttpStatusCode.Conflict;

    /// <summary>The change was understood and refused; for a JSON patch also that a <c>test</c> failed.</summary>
    public bool IsInvalid => Status == HttpStatusCode.UnprocessableEntity;

    /// <summary>The resource version is older than the server's memory: list anew.</summary>
    public bool IsGone => Status == HttpStatusCode.Gone || string.Equals(Reason, "Expired", StringComparison.Ordinal);
}
