using k8s;
using k8s.KubeConfigModels;
using KvmOperator.Runtime.Hosting;
using Xunit;

namespace KvmOperator.UnitTests.Runtime;

/// <summary>A kubeconfig says the same as when the library reads it.</summary>
public sealed class ClusterAccessTests
{
    [Theory]
    [InlineData(
        """
        apiVersion: v1
        kind: Config
        preferences: {}
        current-context: second
        clusters:
        - name: first
          cluster: {server: https://192.0.2.1:6443, insecure-skip-tls-verify: true, tls-server-name: kubernetes}
        - name: second
          cluster: {server: "https://[2001:db8::1]:6443", certificate-authority-data: bm8gY2VydGlmaWNhdGU=, certificate-authority: pki/ca.crt}
        contexts:
        - name: first
          context: {cluster: first, user: by-token, namespace: kvm-operator}
        - name: second
          context: {cluster: second, user: by-certificate}
        users:
        - name: by-token
          user: {token: "0123", tokenFile: /run/token}
        - name: by-password
          user: {username: admin, password: "1e3"}
        - name: by-certificate
          user: {client-certificate-data: bm8gY2VydGlmaWNhdGU=, client-key-data: bm8ga2V5, client-certificate: pki/admin.crt, client-key: pki/admin.key}
        - name: by-command
          user:
            exec:
              apiVersion: client.authentication.k8s.io/v1
              command: login
              args: [--for, "12"]
              env:
              - {name: REGION, value: north}
              interactiveMode: Never
              provideClusterInfo: false
        - name: by-provider
          user:
            auth-provider: {name: oidc, config: {id-token: abc, idp-issuer-url: https://192.0.2.2}}
        something-new: {of: another, version: [1, 2]}
        """)]
    [InlineData("apiVersion: v1\nkind: Config\n")]
    public void A_kubeconfig_is_read_as_the_library_reads_it(string yaml) => Assert.Equal(
        KubernetesJson.Serialize(KubernetesYaml.Deserialize<K8SConfiguration>(yaml)), KubernetesJson.Serialize(ClusterAccess.Parse(yaml)));
}
