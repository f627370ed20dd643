using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace KvmOperator.Runtime.Api;

/// <summary>
/// Typed requests to the API server for any kind, custom or built in. Every method throws <see cref="ApiException"/> when the server refuses,
/// <see cref="HttpRequestException"/> when it cannot be reached and <see cref="TimeoutException"/> when it does not answer in time.
/// Whole objects are never replaced: what a type does not know must survive.
/// </summary>
/// <param name="kubernetes">Carries the server's address, its trust and the credentials.</param>
/// <param name="clock">Measures the time for an answer.</param>
/// <param name="fieldManager">Whose the fields are that are written, as <c>managedFields</c> tells; null for what the server makes of the caller.</param>
public sealed class EntityClient(Kubernetes kubernetes, TimeProvider clock, string? fieldManager = null)
{
    private const int PageSize = 500;
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Reads one object; null when there is none.</summary>
    public async Task<TEntity?> GetAsync<TEntity>(EntityKey key, CancellationToken cancellationToken)
        where TEntity : class, IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            return await SendAsync<TEntity>(HttpMethod.Get, ResourceType.Of<TEntity>().ObjectPath(key), null, cancellationToken);
        }
        catch (ApiException refused) when (refused.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>Reads all objects of a kind, page by page.</summary>
    /// <param name="ofNamespace">One namespace, or null for all.</param>
    /// <param name="labelSelector">Label selector, or null for all.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    public async Task<IReadOnlyList<TEntity>> ListAsync<TEntity>(string? ofNamespace, string? labelSelector, CancellationToken cancellationToken)
        where TEntity : class, IKubernetesObject<V1ObjectMeta>
    {
        var items = new List<TEntity>();
        await foreach (var page in PagesAsync(ResourceType.Of<TEntity>().CollectionPath(ofNamespace), Selector("labelSelector", labelSelector), cancellationToken))
        {
            using (page)
            {
                items.AddRange(page.RootElement.GetProperty("items").EnumerateArray().Select(EntityDecoding.Decode<TEntity>));
            }
        }

        return items;
    }

    /// <summary>Creates an object; answers what the server made of it.</summary>
    public Task<TEntity> CreateAsync<TEntity>(TEntity entity, CancellationToken cancellationToken)
        where TEntity : class, IKubernetesObject<V1ObjectMeta>
    {
        ArgumentNullException.ThrowIfNull(entity);
        var type = ResourceType.Of<TEntity>();
        entity.ApiVersion = type.ApiVersion;
        entity.Kind = type.Kind;
        return SendAsync<TEntity>(
            HttpMethod.Post, type.CollectionPath(entity.Namespace()), Body(KubernetesJson.Serialize(entity), "application/json"), cancellationToken);
    }

    /// <summary>Deletes an object. One that does not exist is no error. The object goes when its finalizers are done.</summary>
    public async Task DeleteAsync<TEntity>(EntityKey key, CancellationToken cancellationToken)
        where TEntity : class, IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            using var answer = await SendAsync(HttpMethod.Delete, ResourceType.Of<TEntity>().ObjectPath(key), null, cancellationToken);
        }
        catch (ApiException refused) when (refused.IsNotFound)
        {
            // Already as wanted.
        }
    }

    /// <summary>Changes an object by a patch; answers the whole object as it is now.</summary>
    /// <param name="key">The object.</param>
    /// <param name="kind">How <paramref name="patch"/> is meant.</param>
    /// <param name="patch">The patch.</param>
    /// <param name="subresource">For example <c>status</c>; null for the object itself.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    public Task<TEntity> PatchAsync<TEntity>(EntityKey key, PatchKind kind, JsonNode patch, string? subresource, CancellationToken cancellationToken)
        where TEntity : class, IKubernetesObject<V1ObjectMeta>
    {
        ArgumentNullException.ThrowIfNull(patch);
        var path = ResourceType.Of<TEntity>().ObjectPath(key) + (subresource is null ? string.Empty : "/" + subresource);
        return SendAsync<TEntity>(HttpMethod.Patch, path, Body(patch.ToJsonString(), MediaType(kind)), cancellationToken);
    }

    /// <summary>Reads a collection page by page without decoding the items.</summary>
    internal async IAsyncEnumerable<JsonDocument> PagesAsync(
        string collection, string selectors, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? next = null;
        do
        {
            var from = next is null ? string.Empty : "&continue=" + Uri.EscapeDataString(next);
            var query = string.Create(CultureInfo.InvariantCulture, $"{collection}?limit={PageSize}{selectors}{from}");
            var page = await SendAsync(HttpMethod.Get, query, null, cancellationToken);
            next = page.RootElement.GetProperty("metadata").TryGetProperty("continue", out var token) ? token.GetString() : null;
            yield return page;
        }
        while (!string.IsNullOrEmpty(next));
    }

    /// <summary>Opens a stream of the server; some in between hold the answer's head back until there is a line. The caller owns the answer; no time limit stands on its body.</summary>
    internal async Task<HttpResponseMessage> OpenStreamAsync(string path, TimeSpan within, CancellationToken cancellationToken)
    {
        using var request = await RequestAsync(HttpMethod.Get, path, null, cancellationToken);
        return await WithinAsync(
            async token =>
            {
                var answer = await kubernetes.HttpClient.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token);
                if (!answer.IsSuccessStatusCode)
                {
                    using (answer)
                    {
                        await ThrowAsync(answer, token);
                    }
                }

                return answer;
            },
            within,
            cancellationToken);
    }

    /// <summary>One request with a JSON answer, within a time of the caller's choice.</summary>
    internal async Task<JsonDocument> SendAsync(
        HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken, TimeSpan? within = null)
    {
        using var request = await RequestAsync(method, path, content, cancellationToken);
        return await WithinAsync(
            async token =>
            {
                using var answer = await kubernetes.HttpClient.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token);
                if (!answer.IsSuccessStatusCode)
                {
                    await ThrowAsync(answer, token);
                }

                await using var body = await answer.Content.ReadAsStreamAsync(token);
                return await JsonDocument.ParseAsync(body, cancellationToken: token);
            },
            within ?? AnswerTimeout,
            cancellationToken);
    }

    internal static string Selector(string parameter, string? value) =>
        string.IsNullOrEmpty(value) ? string.Empty : $"&{parameter}={Uri.EscapeDataString(value)}";

    internal static StringContent Body(string json, string mediaType = "application/json") =>
        new(json, Encoding.UTF8, new MediaTypeHeaderValue(mediaType));

    private static string MediaType(PatchKind kind) => kind switch
    {
        PatchKind.Merge => "application/merge-patch+json",
        PatchKind.Json => "application/json-patch+json",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    private static async Task ThrowAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        string? reason = null;
        string? message = null;
        try
        {
            var status = JsonNode.Parse(text) as JsonObject;
            reason = (string?)status?["reason"];
            message = (string?)status?["message"];
        }
        catch (JsonException)
        {
            // A proxy in between answers in its own words.
        }

        throw new ApiException(
            answer.StatusCode, reason ?? string.Empty, message ?? $"{(int)answer.StatusCode} {answer.ReasonPhrase} for {answer.RequestMessage?.RequestUri?.AbsolutePath}");
    }

    private async Task<TEntity> SendAsync<TEntity>(HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken)
        where TEntity : class, IKubernetesObject<V1ObjectMeta>
    {
        using var answer = await SendAsync(method, path, content, cancellationToken);
        return EntityDecoding.Decode<TEntity>(answer.RootElement);
    }

    private async Task<HttpRequestMessage> RequestAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        var root = kubernetes.BaseUri.ToString().TrimEnd('/');
        if (fieldManager is not null && (method == HttpMethod.Post || method == HttpMethod.Patch))
        {
            path += (path.Contains('?', StringComparison.Ordinal) ? '&' : '?') + "fieldManager=" + Uri.EscapeDataString(fieldManager);
        }

        var request = new HttpRequestMessage(method, root + path) { Content = content, Version = kubernetes.HttpClient.DefaultRequestVersion };
        if (kubernetes.Credentials is not null)
        {
            await kubernetes.Credentials.ProcessHttpRequestAsync(request, cancellationToken);
        }

        return request;
    }

    private async Task<TResult> WithinAsync<TResult>(Func<CancellationToken, Task<TResult>> action, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            return await action(either.Token);
        }
        catch (OperationCanceledException late) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The API server did not answer within {limit.TotalSeconds} s", late);
        }
    }
}
