param name string
param location string
param tags object
param networkName string
param workspaceId string
param adminGroupId string
param authorizedRanges array
param production bool

// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
var networkContributor = '4d97b98b-1d4f-4787-a291-c67834d212e7'

resource subnet 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' existing = {
  name: '${networkName}/nodes'
}

resource cluster 'Microsoft.ContainerService/managedClusters@2024-09-01' = {
  name: '${name}-aks'
  location: location
  tags: tags
  identity: { type: 'SystemAssigned' }
  sku: { name: 'Base', tier: 'Standard' }
  properties: {
    dnsPrefix: name
    disableLocalAccounts: true
    enableRBAC: true
    aadProfile: { managed: true, enableAzureRBAC: true, adminGroupObjectIDs: [adminGroupId] }
    apiServerAccessProfile: { authorizedIPRanges: authorizedRanges }
    autoUpgradeProfile: { upgradeChannel: 'stable', nodeOSUpgradeChannel: 'NodeImage' }
    oidcIssuerProfile: { enabled: true }
    securityProfile: {
      workloadIdentity: { enabled: true }
      imageCleaner: { enabled: true, intervalHours: 168 }
    }
    networkProfile: {
      networkPlugin: 'azure'
      networkPluginMode: 'overlay'
      networkDataplane: 'cilium'
      networkPolicy: 'cilium'
      podCidr: '10.244.0.0/16'
      serviceCidr: '10.96.0.0/16'
      dnsServiceIP: '10.96.0.10'
    }
    azureMonitorProfile: { metrics: { enabled: true } }
    ingressProfile: { webAppRouting: { enabled: true } }
    addonProfiles: {
      omsagent: { enabled: true, config: { logAnalyticsWorkspaceResourceID: workspaceId, useAADAuth: 'true' } }
      azurepolicy: { enabled: true }
      azureKeyvaultSecretsProvider: { enabled: true, config: { enableSecretRotation: 'true' } }
    }
    agentPoolProfiles: [
      {
        name: 'system'
        mode: 'System'
        vmSize: 'Standard_D2ds_v5'
        osDiskType: 'Ephemeral'
        osSKU: 'AzureLinux'
        availabilityZones: ['1', '2', '3']
        enableAutoScaling: true
        minCount: production ? 3 : 1
        maxCount: 5
        count: production ? 3 : 1
        maxPods: 110
        vnetSubnetID: subnet.id
        nodeTaints: ['CriticalAddonsOnly=true:NoSchedule']
        enableEncryptionAtHost: true
      }
      {
        name: 'user'
        mode: 'User'
        vmSize: 'Standard_D4ds_v5'
        osDiskType: 'Ephemeral'
        osSKU: 'AzureLinux'
        availabilityZones: ['1', '2', '3']
        enableAutoScaling: true
        minCount: production ? 3 : 1
        maxCount: production ? 10 : 3
        count: production ? 3 : 1
        maxPods: 110
        vnetSubnetID: subnet.id
        enableEncryptionAtHost: true
      }
    ]
  }
}

// For internal load balancers in our subnet, which is outside of the cluster's own resource group
resource joinsSubnet 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: subnet
  name: guid(subnet.id, cluster.id, networkContributor)
  properties: {
    principalId: cluster.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', networkContributor)
  }
}

output id string = cluster.id
output name string = cluster.name
output oidcIssuer string = cluster.properties.oidcIssuerProfile.issuerURL
output kubeletPrincipalId string = cluster.properties.identityProfile.kubeletidentity.objectId
output ingressPrincipalId string = cluster.properties.ingressProfile.webAppRouting.identity.objectId
