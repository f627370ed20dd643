using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using k8s;
using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;

namespace KvmOperator.UnitTests.Api;

/// <summary>
/// A field of a spec that takes a text, with an object in which nothing else is wrong. Fields are found in the types, so a new one is there by itself: an item of a list, a key and a value of
/// a dictionary, and a quantity are texts too.
/// </summary>
internal sealed class SpecField
{
    /// <summary>One of each kind of text, tried in turn.</summary>
    private static readonly string[] PlainTexts =
        ["default", "a1", "/srv/a1", "10.0.0.9", "2Gi", "noatime", "4.2", "fence_apc", "52:54:00:00:00:01", "data", "scsi0:0", SpecSamples.HostKey];

    /// <summary>Of these, one excludes the others.</summary>
    private static readonly string[][] Alternatives =
    [
        [nameof(DiskSource.Image), nameof(DiskSource.CloneOf), nameof(DiskSource.Existing)],
        [nameof(VirtualMachineNetwork.Network), nameof(VirtualMachineNetwork.Bridge)],
        [nameof(CloudInit.UserData), nameof(CloudInit.UserDataSecretRef)],
        ["HostRef", "StoreRef"],
    ];

    private readonly Action<string> set;
    private readonly Func<int> errors;

    private readonly Lock gate = new();

    private SpecField(string name, bool isQuantity, Action<string> set, Func<int> errors)
    {
        (Name, IsQuantity, this.set, this.errors) = (name, isQuantity, set, errors);
        Plain = PlainTexts.FirstOrDefault(text => Errors(text) == 0)
            ?? throw new InvalidOperationException($"{name}: none of {string.Join(", ", PlainTexts)} is let through; add a text that is to {nameof(PlainTexts)}, or what excludes it to {nameof(Alternatives)}");
    }

    /// <summary>Its kind and where it stands: KvmHost.ssh.user.</summary>
    public string Name { get; }

    /// <summary>Whether only a number is left of the text.</summary>
    public bool IsQuantity { get; }

    /// <summary>A text that is let through.</summary>
    public string Plain { get; }

    /// <summary>How much the validator finds wrong with the object when the field has this text.</summary>
    public int Errors(string text)
    {
        // One object stands behind all texts of a field, and classes of tests run side by side.
        lock (gate)
        {
            try
            {
                set(text);
            }
            catch (Exception exception) when (IsQuantity && exception is FormatException or OverflowException or ArgumentException)
            {
                // The object cannot even be read.
                return 1;
            }

            return errors();
        }
    }

    /// <summary>All text fields of a kind's spec.</summary>
    /// <param name="sample">An object with every field filled, or created anew where it is not.</param>
    /// <param name="validate">Counts what is wrong.</param>
    public static IEnumerable<SpecField> Of<TEntity, TSpec>(TEntity sample, Func<TEntity, int> validate)
        where TEntity : IKubernetesObject<V1ObjectMeta>, ISpec<TSpec>
        where TSpec : class
    {
        foreach (var path in Paths(typeof(TSpec), []))
        {
            var name = $"{typeof(TEntity).Name}.{string.Join('.', path.Select(JsonName))}";
            foreach (var (part, setter) in Setters(path[^1]))
            {
                var entity = KubernetesJson.Deserialize<TEntity>(KubernetesJson.Serialize(sample));
                if (entity is VirtualMachine { Spec: { } machine } && path[0].Name != nameof(VirtualMachineSpec.Boot))
                {
                    // It names disks, which get other names.
                    typeof(VirtualMachineSpec).GetProperty(nameof(VirtualMachineSpec.Boot))!.SetValue(machine, null);
                }

                var owner = Owner(entity.Spec, path);
                yield return new SpecField(name + part, path[^1].PropertyType == typeof(ResourceQuantity), setter(owner), () => validate(entity));
            }
        }
    }

    /// <summary>The ways through the types that end at a text.</summary>
    private static IEnumerable<IReadOnlyList<PropertyInfo>> Paths(Type type, IReadOnlyList<PropertyInfo> before)
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
        {
            IReadOnlyList<PropertyInfo> path = [.. before, property];
            var kind = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            if (IsText(kind))
            {
                yield return path;
            }
            else if (Part(kind) is { Namespace: { } home } part && part.IsClass && home.StartsWith(typeof(ApiGroup).Namespace!, StringComparison.Ordinal))
            {
                foreach (var inner in Paths(part, path))
                {
                    yield return inner;
                }
            }
            else if (!kind.IsEnum && kind != typeof(int) && kind != typeof(long) && kind != typeof(bool))
            {
                throw new NotSupportedException($"{type.Name}.{property.Name} is a {kind}: say here how a text gets into it");
            }
        }
    }

    private static bool IsText(Type kind) =>
        kind == typeof(string) || kind == typeof(ResourceQuantity) || kind == typeof(IReadOnlyList<string>) || kind == typeof(IReadOnlyDictionary<string, string>);

    private static Type Part(Type kind) => kind.IsGenericType && kind.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? kind.GetGenericArguments()[0] : kind;

    /// <summary>How a text gets into a property of an object, with what is added to the field's name.</summary>
    private static IEnumerable<(string Part, Func<object, Action<string>> Setter)> Setters(PropertyInfo property)
    {
        if (property.PropertyType == typeof(string))
        {
            yield return (string.Empty, owner => text => property.SetValue(owner, text));
        }
        else if (property.PropertyType == typeof(ResourceQuantity))
        {
            yield return (string.Empty, owner => text => property.SetValue(owner, new ResourceQuantity(text)));
        }
        else if (property.PropertyType == typeof(IReadOnlyList<string>))
        {
            yield return (string.Empty, owner =>
            {
                var others = (IReadOnlyList<string>?)property.GetValue(owner) ?? [];
                return text => property.SetValue(owner, others.Append(text).ToList());
            });
        }
        else
        {
            yield return ("[key]", owner => text => property.SetValue(owner, new Dictionary<string, string>(StringComparer.Ordinal) { [text] = "1" }));
            yield return ("[value]", owner => text => property.SetValue(owner, new Dictionary<string, string>(StringComparer.Ordinal) { ["ip"] = text }));
        }
    }

    /// <summary>The object to which the last property of a path belongs. What is missing on the way is made, what excludes it is taken away.</summary>
    private static object Owner(object spec, IReadOnlyList<PropertyInfo> path)
    {
        var owner = spec;
        foreach (var (index, property) in path.Index())
        {
            foreach (var other in Alternatives.Where(names => names.Contains(property.Name, StringComparer.Ordinal)).SelectMany(names => names).Where(name => name != property.Name))
            {
                owner.GetType().GetProperty(other)?.SetValue(owner, null);
            }

            if (index == path.Count - 1)
            {
                break;
            }

            if (property.GetValue(owner) is not { } value)
            {
                value = Activator.CreateInstance(property.PropertyType)!;
                property.SetValue(owner, value);
            }

            // Of several items, the one that has the field already is right in everything else, too.
            owner = value is IEnumerable<object> items ? items.OrderByDescending(item => Depth(item, path.Skip(index + 1))).First() : value;
        }

        return owner;
    }

    private static int Depth(object? value, IEnumerable<PropertyInfo> path) => path.TakeWhile(property => (value = value is null ? null : property.GetValue(value)) is not null).Count();

    private static string JsonName(PropertyInfo property) =>
        property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name);
}
